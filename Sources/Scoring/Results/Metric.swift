/// A metric of a source of images.
package enum Metric: String, CaseIterable, Hashable, Sendable {
  case emotionAccuracy = "emo_a"
  case semanticClarity = "sem_c"
  case semanticDiversityCosine = "sem_d_cosine"
  case semanticDiversityError = "sem_d_mse"
  case perceptualDistance = "lpips"
  case frechetDistance = "fid"
  case textSimilarity = "clip_text"

  /// The heading in tables.
  package var name: String {
    switch self {
    case .emotionAccuracy: "Emo-A"
    case .semanticClarity: "Sem-C"
    case .semanticDiversityCosine: "Sem-D (1-cos)"
    case .semanticDiversityError: "Sem-D (MSE)"
    case .perceptualDistance: "LPIPS"
    case .frechetDistance: "FID"
    case .textSimilarity: "CLIP text"
    }
  }
}
