import Checkpoints
import Files
import Foundation
package import Models

/// The networks that classify and compare images, from a folder with one subfolder for each network.
///
/// `clip` and `emotion_classifier` are required. Sem-C needs `attribute_classifier`, `imagenet` or `places365`, FID
/// needs `inception`, and LPIPS needs `lpips`. Without `inception` or `lpips`, the attribute classifier's features
/// replace theirs, and the metric's title says so.
package struct Classifiers: Sendable {
  package let folder: String
  package let clip: CLIPFeatureExtractor
  package let emotion: EmotionClassifier
  package let content: [ContentClassifier]
  /// A classifier of EmoGen's form, whose classes are attributes.
  package let attributes: ResNetClassifier?
  package let inception: FIDInception?
  package let perceptual: PerceptualNetwork?

  /// - Parameter onNetwork: called with the name of each network before it is read; throwing stops the initialiser.
  /// - Throws: `MetricsError` if a required network is missing, `CheckpointError` naming the file and the invalid key
  ///   or tensor.
  package init(folder: String, onNetwork: (String) throws -> Void = { _ in }) throws {
    let files = FileManager.default
    func part(_ name: String) -> String? {
      let path = "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      return files.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue ? path : nil
    }
    func needed(_ name: String, _ what: String) throws -> String {
      guard let path = part(name) else {
        throw MetricsError(
          "\(folder) has no folder '\(name)' (\(what)): give a folder of classifiers with --classifiers DIR, such as a "
            + "model folder with clip and emotion_classifier")
      }
      return path
    }
    self.folder = folder
    let clipFolder = try needed("clip", "CLIP with both towers")
    let emotionFolder = try needed("emotion_classifier", "a linear layer on CLIP's image features")
    try onNetwork("clip")
    clip = try CLIPFeatureExtractor(folder: clipFolder, tokenizers: [clipFolder, "\(folder)/tokenizer"])
    try onNetwork("emotion_classifier")
    emotion = try EmotionClassifier(
      folder: emotionFolder, width: clip.width,
      hasConfiguration: files.fileExists(atPath: "\(emotionFolder)/config.json"))
    var content: [ContentClassifier] = []
    var attributes: ResNetClassifier?
    if let path = part("attribute_classifier") {
      try onNetwork("attribute_classifier")
      let configuration = try ResNetConfiguration(file: "\(path)/config.json")
      let network = try ResNetClassifier(Weights.open(folder: path), configuration)
      attributes = network
      content.append(
        ContentClassifier(
          name: "attribute", part: "attribute_classifier", network: .small(network),
          preprocessing: ImagePreprocessing(
            square: configuration.imageSize, mean: configuration.mean, deviation: configuration.deviation)))
    }
    for (name, title) in [("imagenet", "ImageNet"), ("places365", "Places365")] {
      guard let path = part(name) else { continue }
      try onNetwork(name)
      let network = try ResNetImageClassifier(Weights.open(folder: path))
      content.append(
        ContentClassifier(name: title, part: name, network: .torchvision(network), preprocessing: .imageNet))
    }
    self.content = content
    self.attributes = attributes
    inception = try part("inception").map {
      try onNetwork("inception")
      return try FIDInception(Weights.open(folder: $0))
    }
    perceptual = try part("lpips").map {
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
