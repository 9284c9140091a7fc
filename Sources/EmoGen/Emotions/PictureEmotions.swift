import Checkpoints
package import Engine
import Files
package import Imaging
import Models
package import Vocabulary

/// The emotions that a model's encoder finds in an image, and the mixture that requests the same emotions.
package struct PictureEmotions: Sendable {
  /// The probabilities of all emotions, most likely first.
  package let found: [(emotion: Emotion, probability: Double)]

  /// - Parameter folder: the folder of the encoder, whose classes are the eight emotions.
  /// - Throws: `CheckpointError` if the encoder is missing or damaged, has other classes, or its probabilities are not
  ///   finite.
  package init(of image: RGBImage, encoder folder: String, on compute: Compute) throws {
    let file = "\(folder)/config.json"
    let configuration = try ResNetConfiguration(file: file)
    let emotions = try configuration.classes.map { name in
      guard let emotion = Emotion(rawValue: name) else {
        throw CheckpointError(
          .unsupported, file: file, "class '\(name)' is not an emotion: use an encoder of the eight emotions")
      }
      return emotion
    }
    let encoder = try ResNetClassifier(.open(folder: folder), configuration)
    let side = configuration.imageSize
    let pixels = image.resized(width: side, height: side).pixels
      .map { (Float($0) / 255 - configuration.mean) / configuration.deviation }
    let vector = encoder.embed(Tensor([1, side, side, 3], pixels), on: compute)
    let probabilities = compute.softmax(encoder.classify(vector, on: compute)).values
    guard probabilities.allSatisfy(\.isFinite) else {
      throw CheckpointError(
        .malformed, file: folder,
        "the encoder's probabilities are not finite: its weights contain infinity or NaN, or they overflow. Use an "
          + "intact copy of the encoder")
    }
    found = zip(emotions, probabilities).map { (emotion: $0, probability: Double($1)) }
      .sorted { $0.probability > $1.probability }
  }

  /// The `count` most likely emotions in proportion to their probabilities, rounded to three decimals.
  ///
  /// Emotions whose weight rounds to zero are omitted.
  package func mixture(strongest count: Int) throws -> EmotionSpec {
    let kept = found.prefix(max(1, count))
    let sum = kept.reduce(0) { $0 + $1.probability }
    let weights = kept.map { (emotion: $0.emotion, thousandths: Int((1000 * $0.probability / sum).rounded())) }
      .filter { $0.thousandths > 0 }
    guard weights.count > 1 else { return EmotionSpec(found[0].emotion) }
    return try EmotionSpec(
      parsing: weights.map { "\($0.emotion.rawValue)=\(Double($0.thousandths) / 1000)" }.joined(separator: ","))
  }
}
