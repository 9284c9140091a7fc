import Checkpoints
import Files
package import Models

/// The networks that classify and compare images, from a folder with one subfolder for each network.
///
/// `clip` and `emotion_classifier` are required. Sem-C needs `attribute_classifier`, `imagenet` or `places365`, FID
/// needs `inception`, and LPIPS needs `lpips`. Without `inception` or `lpips`, the attribute classifier's features
/// replace theirs, and the metric's title says so.
package struct Classifiers: Sendable {
  /// Those that measure an image by itself.
  package let image: ImageClassifiers
  package let inception: FIDInception?
  package let perceptual: PerceptualNetwork?

  package var folder: String { image.folder }
  package var clip: CLIPFeatureExtractor { image.clip }
  package var emotion: EmotionClassifier { image.emotion }
  package var content: [ContentClassifier] { image.content }
  package var attributes: ResNetClassifier? { image.attributes }

  /// Whether some figures of an image need its pixels although the others are known.
  package var needsPixels: Bool { attributes != nil || inception != nil || perceptual != nil }

  /// - Parameter onNetwork: called with the name of each network before it is read; throwing stops the initialiser.
  /// - Throws: `MetricsError` if a required network is missing, `CheckpointError` naming the file and the invalid key
  ///   or tensor.
  package init(folder: String, onNetwork: (String) throws -> Void = { _ in }) throws {
    image = try ImageClassifiers(folder: folder, onNetwork: onNetwork)
    inception = try ImageClassifiers.part("inception", of: folder).map {
      try onNetwork("inception")
      return try FIDInception(Weights.open(folder: $0))
    }
    perceptual = try ImageClassifiers.part("lpips", of: folder).map {
      try onNetwork("lpips")
      return try PerceptualNetwork(Weights.open(folder: $0))
    }
  }

  /// A metric's title in the report, which names the network that measures it; nil if the metric cannot be measured.
  package func title(_ metric: Metric) -> String? {
    switch metric {
    case .emotionAccuracy, .semanticDiversityCosine, .semanticDiversityError: metric.name
    case .semanticClarity: content.isEmpty ? nil : "\(metric.name) (\(content.map(\.name).joined(separator: ", ")))"
    case .textSimilarity: clip.tokenizer == nil ? nil : metric.name
    case .perceptualDistance:
      perceptual != nil ? "LPIPS" : attributes != nil ? "perceptual distance (attribute classifier)" : nil
    case .frechetDistance: inception != nil ? "FID" : attributes != nil ? "FID (attribute classifier)" : nil
    }
  }
}
