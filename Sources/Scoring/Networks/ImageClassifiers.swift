import Checkpoints
package import Engine
import Files
import Foundation
package import Imaging
package import Models

/// The networks that measure an image by itself: CLIP, the emotion classifier on its features, and the classifiers of
/// content. The one place that computes these figures, for evaluations and for images where they are made.
package struct ImageClassifiers: Sendable {
  package let folder: String
  package let clip: CLIPFeatureExtractor
  package let emotion: EmotionClassifier
  /// The attribute classifier, if there is one, comes first.
  package let content: [ContentClassifier]
  /// A classifier of EmoGen's form, whose classes are attributes.
  package let attributes: ResNetClassifier?
  /// The names of its classes; empty without it.
  private let attributeNames: [String]

  /// The folders that are read, if they are there.
  package static let parts = ["attribute_classifier", "clip", "emotion_classifier", "imagenet", "places365"]

  /// Checks that a folder has the networks without which nothing can be measured.
  ///
  /// - Parameter needsContent: whether a classifier of content is needed, too.
  /// - Throws: `MetricsError` that names the one that is missing.
  package static func check(_ folder: String, needsContent: Bool = false) throws {
    for (name, what) in [
      ("clip", "CLIP with both towers"), ("emotion_classifier", "a linear layer on CLIP's image features"),
    ] where part(name, of: folder) == nil {
      throw MetricsError(
        "\(folder) has no folder '\(name)' (\(what)): give a folder of classifiers, such as a model folder with clip and "
          + "emotion_classifier")
    }
    let contents = ["attribute_classifier", "imagenet", "places365"]
    guard !needsContent || contents.contains(where: { part($0, of: folder) != nil }) else {
      throw MetricsError(
        "\(folder) has no classifier of content (\(contents.joined(separator: ", "))), which accept.content needs")
    }
  }

  /// The path of a network; nil if the folder does not have it.
  static func part(_ name: String, of folder: String) -> String? {
    let path = "\(folder)/\(name)"
    return Folder.isFolder(path) ? path : nil
  }

  /// - Parameter onNetwork: called with the name of each network before it is read; throwing stops the initialiser.
  /// - Throws: `MetricsError` if a required network is missing, `CheckpointError` naming the file and the invalid key
  ///   or tensor.
  package init(folder: String, onNetwork: (String) throws -> Void = { _ in }) throws {
    try Self.check(folder)
    self.folder = folder
    let (clipFolder, emotionFolder) = ("\(folder)/clip", "\(folder)/emotion_classifier")
    try onNetwork("clip")
    clip = try CLIPFeatureExtractor(folder: clipFolder, tokenizers: [clipFolder, "\(folder)/tokenizer"])
    try onNetwork("emotion_classifier")
    emotion = try EmotionClassifier(
      folder: emotionFolder, width: clip.width, hasConfiguration: File.exists("\(emotionFolder)/config.json"))
    var content: [ContentClassifier] = []
    var attributes: ResNetClassifier?
    var names: [String] = []
    if let path = Self.part("attribute_classifier", of: folder) {
      try onNetwork("attribute_classifier")
      let configuration = try ResNetConfiguration(file: "\(path)/config.json")
      let network = try ResNetClassifier(Weights.open(folder: path), configuration)
      attributes = network
      names = configuration.classes
      content.append(
        ContentClassifier(
          name: "attribute", part: "attribute_classifier", network: .small(network),
          preprocessing: ImagePreprocessing(
            square: configuration.imageSize, mean: configuration.mean, deviation: configuration.deviation)))
    }
    for (name, title) in [("imagenet", "ImageNet"), ("places365", "Places365")] {
      guard let path = Self.part(name, of: folder) else { continue }
      try onNetwork(name)
      let network = try ResNetImageClassifier(Weights.open(folder: path))
      content.append(
        ContentClassifier(name: title, part: name, network: .torchvision(network), preprocessing: .imageNet))
    }
    self.content = content
    self.attributes = attributes
    attributeNames = names
  }

  /// What the networks give for some images. Each list has a value for each image.
  package struct Figures {
    /// CLIP's image features before normalisation.
    package var features: [[Float]]
    /// The probabilities of the eight emotions in EmoSet's order.
    package var probabilities: [[Double]]
    /// The highest probability that any content classifier gives to a class; empty without such a classifier.
    package var confidences: [Double]
    /// The attribute classifier's classes; empty without it.
    var classes: [Int] = []
    /// Their names.
    package var attributes: [String] = []
    /// The attribute classifier's feature maps; nil without it.
    var maps: [Tensor]?
  }

  /// Measures images; the figures of one do not depend on the others.
  ///
  /// - Throws: `MetricsError` if a network's results are not finite.
  package func measure(_ images: [RGBImage], on compute: Compute) throws -> Figures {
    let features = clip.features(images, on: compute)
    try MetricsError.check(features.isFinite, "clip")
    let probabilities = emotion.probabilities(features, on: compute)
    try MetricsError.check(probabilities.allSatisfy { $0.allSatisfy(\.isFinite) }, "emotion_classifier")
    let maps = attributeMaps(images, on: compute)
    let tops = try content.map { classifier in
      let tops =
        if case .small(let network) = classifier.network, let maps {
          ContentClassifier.top(network.classify(network.embed(maps: maps, on: compute), on: compute))
        } else {
          classifier.top(images, on: compute)
        }
      try MetricsError.check(tops.allSatisfy(\.probability.isFinite), classifier.part)
      return tops
    }
    let confidences = images.indices.compactMap { index in tops.map { $0[index].probability }.max() }
    let classes = attributes == nil ? [] : tops.first?.map(\.index) ?? []
    return Figures(
      features: features.rowValues, probabilities: probabilities, confidences: confidences, classes: classes,
      attributes: classes.compactMap { attributeNames.indices.contains($0) ? attributeNames[$0] : nil }, maps: maps)
  }

  /// Adds what depends on the attribute classifier to figures that were measured before.
  ///
  /// - Throws: as ``measure(_:on:)``.
  func addAttributes(to figures: inout Figures, _ images: [RGBImage], on compute: Compute) throws {
    guard let attributes, let maps = attributeMaps(images, on: compute) else { return }
    let tops = ContentClassifier.top(attributes.classify(attributes.embed(maps: maps, on: compute), on: compute))
    try MetricsError.check(tops.allSatisfy(\.probability.isFinite), "attribute_classifier")
    (figures.classes, figures.maps) = (tops.map(\.index), maps)
  }

  private func attributeMaps(_ images: [RGBImage], on compute: Compute) -> [Tensor]? {
    guard let attributes, let first = content.first else { return nil }
    return attributes.maps(first.preprocessing.tensor(images), on: compute)
  }
}
