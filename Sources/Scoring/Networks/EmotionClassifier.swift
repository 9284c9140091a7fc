import Checkpoints
package import Engine
import Files
import Models
import Vocabulary

/// The classifier that measures Emo-A: a linear layer on CLIP's image features, `fc.weight [8, P]` and `fc.bias [8]`,
/// which is trained independently of the emotion encoder.
package struct EmotionClassifier: Sendable {
  private struct Configuration: Decodable {
    let features: String?
    let classes: [String]?
  }

  private let head: Linear
  /// For each emotion in EmoSet's order, its index among the classes.
  private let order: [Int]
  private let normalises: Bool

  /// The accepted values of the configuration's `features`; the first is the default.
  private static let plain = "clip image_embeds before normalisation"
  private static let normalised = "clip image_embeds after normalisation"

  /// - Parameters:
  ///   - folder: the folder with the weights and, if `hasConfiguration`, a `config.json` with `classes` and `features`.
  ///   - width: width of CLIP's image features.
  /// - Throws: `CheckpointError` naming the file and the key or tensor.
  package init(folder: String, width: Int, hasConfiguration: Bool) throws {
    let file = "\(folder)/config.json"
    let configuration =
      try hasConfiguration
      ? ConfigFile.read(Configuration.self, from: file) : Configuration(features: nil, classes: nil)
    let features = configuration.features ?? Self.plain
    guard [Self.plain, Self.normalised].contains(features) else {
      throw CheckpointError(
        .unsupported, file: file,
        "key 'features' is '\(features)': expected '\(Self.plain)' or '\(Self.normalised)'")
    }
    normalises = features == Self.normalised
    let classes = configuration.classes ?? Emotion.names
    order = try Emotion.allCases.map { emotion in
      guard let index = classes.firstIndex(of: emotion.rawValue), classes.count == Emotion.allCases.count else {
        throw CheckpointError(
          .malformed, file: file,
          "key 'classes': expected each of the eight emotions once (\(emotion.rawValue) is missing)")
      }
      return index
    }
    let weights = try Weights.open(folder: folder)
    if let shape = weights.shape(of: "fc.weight"), shape.count == 2, shape[1] != width {
      throw CheckpointError(
        .misshapen, file: weights.path,
        "reads features of width \(shape[1]), but the CLIP model beside it gives \(width): take both from one model")
    }
    head = try Linear(weights, "fc", width, Emotion.allCases.count)
    try weights.finish()
  }

  /// The probability of each emotion in EmoSet's order.
  ///
  /// - Parameter features: CLIP's, `[N, P]`, before normalisation.
  package func probabilities(_ features: Tensor, on compute: Compute) -> [[Double]] {
    let logits = head(normalises ? compute.normaliseRows(features) : features, on: compute)
    return logits.rowValues.map { row in
      let shares = Softmax.probabilities(row)
      return order.map { shares[$0] }
    }
  }
}
