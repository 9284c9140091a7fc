package import Vocabulary

/// The networks' results for the images of a source.
package struct Measurements: Sendable {
  /// The images of one emotion. Each list has one value for each image, or is empty if its network is missing.
  package struct Group: Sendable {
    /// CLIP's image features before normalisation.
    package var features: [[Float]] = []
    /// The probabilities of the eight emotions in EmoSet's order.
    package var probabilities: [[Double]] = []
    /// The highest probability that any content classifier gives to a class.
    package var confidences: [Double] = []
    /// The similarity between the image and the text of its emotion.
    package var similarities: [Double] = []
    /// The attribute whose text is most similar to the image.
    package var nearestAttributes: [Int] = []
    /// The attribute classifier's prediction; nil for a class that the table lacks.
    package var classifiedAttributes: [Int?] = []
    /// The features that FID compares.
    package var frechetFeatures: [[Float]] = []
    /// LPIPS over the pairs of the first images, with its resampled values; nil without its network.
    package internal(set) var perceptual: Samples?

    package init() {}

    package var images: Int { features.count }
    /// The emotion that the classifier predicts for each image.
    package var predictions: [Int] { probabilities.map(\.indexOfMaximum) }
    package func isRight(_ emotion: Emotion) -> [Double] { predictions.map { $0 == emotion.index ? 1 : 0 } }
  }

  package internal(set) var groups: [Emotion: Group] = [:]

  package init() {}

  /// The emotions with images, in EmoSet's order.
  package var emotions: [Emotion] { Emotion.allCases.filter { (groups[$0]?.images ?? 0) > 0 } }
  package var images: Int { groups.values.reduce(0) { $0 + $1.images } }
}
