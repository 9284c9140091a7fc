package import Engine
import Files
package import Imaging
import Models
package import Vocabulary

/// Runs the networks on images in batches and collects their results.
package final class Measurer {
  package let classifiers: Classifiers
  package let attributes: AttributeTable?
  private let compute: Compute
  /// Text features of each emotion and of each attribute; nil without a tokenizer.
  private let emotionTexts: [[Float]]?
  private let attributeTexts: [[Float]]?
  /// For each class of the attribute classifier, its index in the attribute table; nil if the table lacks it.
  private let classes: [Int?]
  private var waiting: [(image: RGBImage, emotion: Emotion)] = []
  private var measurements = Measurements()

  /// Images in a batch.
  private static let batch = 16
  /// Maximum size of a source's LPIPS vectors in floats: 2 GiB.
  private static let perceptualFloats = 1 << 29

  /// - Parameters:
  ///   - emotionTemplate: the text with which CLIP compares an image; `{emotion}` stands for the image's emotion.
  ///   - attributeTemplate: the same for attributes, with `{attribute}`.
  /// - Throws: `ModelInputError` if the tokenizer belongs to another CLIP model.
  package init(
    _ classifiers: Classifiers, attributes: AttributeTable?, emotionTemplate: String, attributeTemplate: String,
    on compute: Compute
  ) throws {
    self.classifiers = classifiers
    self.compute = compute
    emotionTexts = try classifiers.clip.features(
      Emotion.allCases.map { emotionTemplate.replacing("{emotion}", with: $0.rawValue) }, on: compute)
    let names = classifiers.attributes?.configuration.classes ?? []
    let table = attributes ?? (names.isEmpty ? nil : AttributeTable(names: names))
    self.attributes = table
    attributeTexts = try table.flatMap { table in
      try classifiers.clip.features(
        table.names.indices.map { attributeTemplate.replacing("{attribute}", with: table.words($0)) }, on: compute)
    }
    classes = names.map { table?.index(of: $0) }
    try MetricsError.check(
      [emotionTexts, attributeTexts].allSatisfy { $0?.allSatisfy { $0.allSatisfy(\.isFinite) } ?? true }, "clip")
  }

  /// - Throws: `MetricsError` if an image is too small for a network or a network's results are not finite.
  package func add(_ image: RGBImage, of emotion: Emotion) throws {
    waiting.append((image, emotion))
    if waiting.count == Self.batch { try measure() }
  }

  /// Returns the measurements since the last call.
  package func finish() throws -> Measurements {
    try measure()
    defer { measurements = Measurements() }
    return measurements
  }

  private func measure() throws {
    guard !waiting.isEmpty else { return }
    let images = waiting.map(\.image)
    let features = classifiers.clip.features(images, on: compute)
    try MetricsError.check(features.isFinite, "clip")
    let probabilities = classifiers.emotion.probabilities(features, on: compute)
    try MetricsError.check(probabilities.allSatisfy { $0.allSatisfy(\.isFinite) }, "emotion_classifier")
    let rows = features.rowValues
    let maps = attributeMaps(images)
    let tops = content(images, maps)
    for (classifier, tops) in zip(classifiers.content, tops) {
      try MetricsError.check(tops.allSatisfy(\.probability.isFinite), classifier.part)
    }
    let frechet = frechetFeatures(images, maps)
    try MetricsError.check(
      frechet?.allSatisfy { $0.allSatisfy(\.isFinite) } ?? true,
      classifiers.inception == nil ? "attribute_classifier" : "inception")
    for (index, (image, emotion)) in waiting.enumerated() {
      var group = measurements.groups[emotion] ?? Measurements.Group()
      // Remove the dictionary's reference, so that appending does not copy the lists.
      measurements.groups[emotion] = nil
      defer { measurements.groups[emotion] = group }
      group.features.append(rows[index])
      group.probabilities.append(probabilities[index])
      if let surest = tops.map({ $0[index].probability }).max() { group.confidences.append(surest) }
      if let first = tops.first, classifiers.attributes != nil {
        group.classifiedAttributes.append(classes[first[index].index])
      }
      if let emotionTexts { group.similarities.append(Self.cosine(rows[index], emotionTexts[emotion.index])) }
      if let attributeTexts {
        group.nearestAttributes.append(attributeTexts.map { Self.cosine(rows[index], $0) }.indexOfMaximum)
      }
      if let frechet { group.frechetFeatures.append(frechet[index]) }
      let held = group.perceptualVectors
      if let first = held.first, held.count > 1, (held.count + 1) * first.count * 8 > Self.perceptualFloats {
        continue
      }
      if let perceptual = classifiers.perceptual {
        let vectors = try perceptual.vectors([image], on: compute)
        try MetricsError.check(vectors.allSatisfy { $0.allSatisfy(\.isFinite) }, "lpips")
        group.perceptualVectors += vectors
      } else if let maps {
        let own = maps.map { $0.slice(index..<index + 1) }
        group.perceptualVectors += PerceptualNetwork.vectors(own, nil)
      }
    }
    waiting.removeAll(keepingCapacity: true)
  }

  /// The attribute classifier's feature maps, which several metrics use.
  private func attributeMaps(_ images: [RGBImage]) -> [Tensor]? {
    guard let network = classifiers.attributes, let first = classifiers.content.first else { return nil }
    return network.maps(first.preprocessing.tensor(images), on: compute)
  }

  /// For each content classifier, the top class of each image; the attribute classifier, if present, comes first.
  private func content(_ images: [RGBImage], _ maps: [Tensor]?) -> [[(index: Int, probability: Double)]] {
    classifiers.content.map { classifier in
      if case .small(let network) = classifier.network, let maps {
        return ContentClassifier.top(network.classify(network.embed(maps: maps, on: compute), on: compute))
      }
      return classifier.top(images, on: compute)
    }
  }

  private func frechetFeatures(_ images: [RGBImage], _ maps: [Tensor]?) -> [[Float]]? {
    if let inception = classifiers.inception {
      return images.flatMap { inception($0.bilinear(side: FIDInception.imageSize), on: compute).rowValues }
    }
    guard let network = classifiers.attributes, let maps else { return nil }
    return network.embed(maps: maps, on: compute).rowValues
  }

  /// - Parameter text: a vector of length 1.
  private static func cosine(_ image: [Float], _ text: [Float]) -> Double {
    PairwiseDistances.dot(image, text) / max(PairwiseDistances.dot(image, image).squareRoot(), .leastNormalMagnitude)
  }
}
