/// What was measured of an image where it was made.
package struct KnownFigures: Sendable {
  /// CLIP's image features before normalisation.
  let features: [Float]
  /// The probabilities of the eight emotions in EmoSet's order.
  let probabilities: [Double]
  /// The highest probability that any content classifier gives to a class; nil without such a classifier.
  let confidence: Double?

  package init(features: [Float], probabilities: [Double], confidence: Double?) {
    self.features = features
    self.probabilities = probabilities
    self.confidence = confidence
  }
}
