package import Vocabulary

/// What the networks made of the images of a source.
package struct Measurements: Sendable {
  /// The images of one emotion, a value an image in each list; a list is empty where its network is missing.
  package struct Group: Sendable {
    /// Before normalisation.
    package var features: [[Float]] = []
    /// Of the eight emotions in EmoSet's order.
    package var probabilities: [[Double]] = []
    /// Of the surest class of any content classifier.
    package var confidences: [Double] = []
    /// Of the image to the text of its emotion.
    package var similarities: [Double] = []
    /// The attribute whose text is nearest.
    package var nearestAttributes: [Int] = []
    /// The attribute that the attribute classifier sees; nil for a class that the table lacks.
    package var classifiedAttributes: [Int?] = []
    /// What FID compares.
    package var frechetFeatures: [[Float]] = []
    /// What LPIPS compares, of the first images only where they are large.
    package var perceptualVectors: [[Float]] = []

    package init() {}

    package var images: Int { features.count }
    /// The emotion that the classifier sees in each image.
    package var predictions: [Int] { probabilities.map(\.indexOfMaximum) }
    package func isRight(_ emotion: Emotion) -> [Double] { predictions.map { $0 == emotion.index ? 1 : 0 } }
  }

  package internal(set) var groups: [Emotion: Group] = [:]

  package init() {}

  /// Those that have images, in EmoSet's order.
  package var emotions: [Emotion] { Emotion.allCases.filter { (groups[$0]?.images ?? 0) > 0 } }
  package var images: Int { groups.values.reduce(0) { $0 + $1.images } }
}
