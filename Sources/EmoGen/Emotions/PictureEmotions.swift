import Checkpoints
package import Engine
import Files
package import Imaging
import Models
package import Vocabulary

/// What a model's emotion encoder finds in a picture, and the mixture that asks for the same.
package struct PictureEmotions: Sendable {
  /// Probabilities of all emotions, the likeliest first.
  package let found: [(emotion: Emotion, probability: Double)]

  /// - Parameter folder: of the encoder, whose classes are the eight emotions.
  /// - Throws: `CheckpointError` where the encoder is missing, damaged or tells other classes apart, or gives numbers that are
  ///   not finite.
  package init(of image: RGBImage, encoder folder: String, on compute: Compute) throws {
    let file = "\(folder)/config.json"
    let configuration = try ResNetConfiguration(file: file)
    let emotions = try configuration.classes.map { name in
      guard let emotion = Emotion(rawValue: name) else {
        throw CheckpointError(
          .unsupported, file: file, "'\(name)' is not an emotion: the encoder of the eight emotions is needed")
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
        "the encoder gave probabilities that are not finite: its weights hold infinity or NaN, or overflow. Take an intact "
          + "copy of it")
    }
    found = zip(emotions, probabilities).map { (emotion: $0, probability: Double($1)) }
      .sorted { $0.probability > $1.probability }
  }

  /// The `count` likeliest emotions in the proportion of their probabilities, to three decimals.
  ///
  /// An emotion that rounds to nothing is left out.
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
