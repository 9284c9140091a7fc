package import Engine
import Files
package import Imaging
import Models
package import Vocabulary

/// Runs the networks on images in batches and collects the features that figures are computed from.
///
/// The images of an emotion have to follow each other: LPIPS is computed when they end, because its vectors are a
/// hundred times larger than all other features and are not kept.
package final class Measurer {
  /// The emotion whose images are being added.
  private struct EmotionRun {
    let emotion: Emotion
    var group = Measurements.Group()
    /// The vectors that LPIPS compares.
    var perceptualVectors: [[Float]] = []
    var waiting: [(image: RGBImage?, known: KnownFigures?)] = []
  }

  package let classifiers: Classifiers
  package let attributes: AttributeTable?
  private let compute: Compute
  /// Text features of each emotion and of each attribute; nil without a tokenizer.
  private let emotionTexts: [[Float]]?
  private let attributeTexts: [[Float]]?
  /// For each class of the attribute classifier, its index in the attribute table; nil if the table lacks it.
  private let classes: [Int?]
  private let settings: SourceReport.Settings
  private var current: EmotionRun?
  private var measurements = Measurements()

  /// Images in a batch.
  static let batch = 16
  /// Maximum size of an emotion's LPIPS vectors in floats, 256 MiB: further images are not compared.
  private static let perceptualFloats = 1 << 26

  /// - Parameters:
  ///   - emotionTemplate: the text with which CLIP compares an image; `{emotion}` stands for the image's emotion.
  ///   - attributeTemplate: the same for attributes, with `{attribute}`.
  /// - Throws: `ModelInputError` if the tokenizer belongs to another CLIP model.
  package init(
    _ classifiers: Classifiers, attributes: AttributeTable?, emotionTemplate: String, attributeTemplate: String,
    settings: SourceReport.Settings = .init(), on compute: Compute
  ) throws {
    self.classifiers = classifiers
    self.settings = settings
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

  /// - Parameters:
  ///   - image: nil if its figures are known and no other network needs its pixels.
  ///   - known: what the same classifiers measured of it before.
  /// - Throws: `MetricsError` if an image is too small for a network or of another size than LPIPS can compare, if a
  ///   network's results are not finite, or if the images of an emotion come in two runs.
  package func add(_ image: RGBImage?, of emotion: Emotion, known: KnownFigures? = nil) throws {
    if current?.emotion != emotion {
      try close()
      guard measurements.groups[emotion] == nil else {
        throw MetricsError("images of \(emotion.rawValue) came after those of another emotion: sort them by emotion")
      }
      current = EmotionRun(emotion: emotion)
    }
    // The images of a batch of the networks are all known or all new.
    if let first = current?.waiting.first, (first.known == nil) != (known == nil) { try measure() }
    current?.waiting.append((image, known))
    if current?.waiting.count == Self.batch { try measure() }
  }

  /// Returns the measurements since the last call.
  package func finish() throws -> Measurements {
    try close()
    defer { measurements = Measurements() }
    return measurements
  }

  /// Ends the current emotion: computes its LPIPS and releases the vectors.
  private func close() throws {
    try measure()
    guard var current else { return }
    self.current = nil
    if current.perceptualVectors.count > 1 {
      let vectors = PairwiseDistances.squared(current.perceptualVectors)
      let resamples = settings.resampling(current.emotion, images: vectors.images)
      current.group.perceptual = Samples(vectors, resamples, on: compute)
    }
    measurements.groups[current.emotion] = current.group
  }

  private func measure() throws {
    guard var current, !current.waiting.isEmpty else { return }
    // Remove the other reference, so that appending does not copy the lists.
    self.current = nil
    defer { self.current = current }
    let images = current.waiting.compactMap(\.image)
    let known = current.waiting.compactMap(\.known)
    current.waiting.removeAll(keepingCapacity: true)
    let figures = try known.isEmpty ? classifiers.image.measure(images, on: compute) : figures(known, images)
    let rows = figures.features
    current.group.features += rows
    current.group.probabilities += figures.probabilities
    current.group.confidences += figures.confidences
    if classifiers.attributes != nil { current.group.classifiedAttributes += figures.classes.map { classes[$0] } }
    if let emotionTexts {
      let text = emotionTexts[current.emotion.index]
      current.group.similarities += rows.map { Self.cosine($0, text) }
    }
    if let attributeTexts {
      current.group.nearestAttributes += rows.map { row in
        attributeTexts.map { Self.cosine(row, $0) }.indexOfMaximum
      }
    }
    if let frechet = frechetFeatures(images, figures.maps) {
      try MetricsError.check(
        frechet.allSatisfy { $0.allSatisfy(\.isFinite) },
        classifiers.inception == nil ? "attribute_classifier" : "inception")
      current.group.frechetFeatures += frechet
    }
    try addPerceptual(images, figures.maps, to: &current)
  }

  /// Adds LPIPS vectors until the limits of images and of memory are reached.
  private func addPerceptual(_ images: [RGBImage], _ maps: [Tensor]?, to current: inout EmotionRun) throws {
    func room(_ width: Int) -> Int {
      min(settings.pairLimit, max(2, Self.perceptualFloats / max(1, width))) - current.perceptualVectors.count
    }
    if let perceptual = classifiers.perceptual {
      for image in images where room(current.perceptualVectors.first?.count ?? 0) > 0 {
        let vector = try perceptual.vector(image, on: compute)
        try MetricsError.check(vector.allSatisfy(\.isFinite), "lpips")
        if let first = current.perceptualVectors.first, first.count != vector.count {
          throw MetricsError(
            "LPIPS compares images of one size, and those of \(current.emotion.rawValue) have several: bring them to one "
              + "size, or name a folder of classifiers without 'lpips'")
        }
        current.perceptualVectors.append(vector)
      }
    } else if let maps {
      let count = room(PerceptualNetwork.width(maps))
      if count > 0 { current.perceptualVectors += try PerceptualNetwork.vectors(maps, nil, on: compute).prefix(count) }
    }
  }

  /// The figures that were measured before, with those that only an evaluation needs.
  private func figures(_ known: [KnownFigures], _ images: [RGBImage]) throws -> ImageClassifiers.Figures {
    var figures = ImageClassifiers.Figures(
      features: known.map(\.features), probabilities: known.map(\.probabilities),
      confidences: known.compactMap(\.confidence))
    if images.count == known.count { try classifiers.image.addAttributes(to: &figures, images, on: compute) }
    return figures
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
