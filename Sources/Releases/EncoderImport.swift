import Checkpoints
import Engine
import Files
import Models
import Vocabulary

/// Converts the state dict of a ResNet with EmoGen's two layers to `emotion_encoder`.
///
/// EmoGen saves the trunk twice: as `cnn.*`, torchvision's ResNet with the ImageNet head, and as `backbone.*`, a
/// `Sequential` of the same layers without the head. One of the two suffices.
enum EncoderImport {
  private struct Configuration: Encodable {
    let architecture = "resnet-bottleneck"
    let width: Int
    let layers: [Int]
    let embedding: Int
    let classes = Emotion.names
    let imageSize: Int
    let mean: Float
    let std: Float

    enum CodingKeys: String, CodingKey {
      case architecture, width, layers, embedding, classes, mean, std
      case imageSize = "image_size"
    }
  }

  private static let mostStages = 8

  /// - Returns: nil if no file is an encoder.
  /// - Throws: `CheckpointError` if a tensor is missing or occurs twice with different numbers, or the trunk does not
  ///   consist of bottleneck blocks.
  static func part(_ releases: [ReleaseFile], _ picture: EncoderPicture) throws -> ImportedPart? {
    let found = try releases.single("an emotion encoder") {
      if case .encoder(let tensors) = $0 { tensors } else { nil }
    }
    guard let (file, tensors) = found else { return nil }
    let (kept, leftOut) = try renamed(tensors, file)
    let shapes = Dictionary(kept.map { ($0.name, $0.tensor.shape) }) { first, _ in first }
    let configuration = try configuration(shapes, picture, file)
    let folder = "emotion_encoder"
    return ImportedPart(
      "emotion encoder",
      [
        try ImportedFile("\(folder)/config.json", json: configuration, from: [file]),
        try ImportedFile("\(folder)/model.safetensors", tensors: kept, from: [file], leftOut: leftOut),
      ]
    ) {
      _ = try ResNetClassifier(
        .open(folder: "\($0)/\(folder)"), ResNetConfiguration(file: "\($0)/\(folder)/config.json"))
    }
  }

  // MARK: - Names

  private enum Reason: String, CaseIterable {
    case counters = "batch counters, which only training in PyTorch needs"
    case head = "the ImageNet head, which the encoder does not use"
    case twice = "the same numbers under another name"
  }

  private static func renamed(
    _ tensors: [NamedTensor], _ file: ReleaseFile
  ) throws -> (kept: [ImportedTensor], leftOut: [ImportRecord.LeftOut]) {
    var kept: [ImportedTensor] = []
    var places: [String: Int] = [:]
    var leftOut: [Reason: [String]] = [:]
    for (original, tensor) in tensors {
      let name = name(original)
      if name.hasSuffix(".num_batches_tracked") {
        leftOut[.counters, default: []].append(original)
      } else if name == "cnn.fc.weight" || name == "cnn.fc.bias" {
        leftOut[.head, default: []].append(original)
      } else if let place = places[name] {
        guard kept[place].tensor.shape == tensor.shape, kept[place].tensor.values == tensor.values else {
          throw CheckpointError(
            .malformed, file: file.path,
            "'\(kept[place].original ?? name)' and '\(ForeignName.shown(original))' belong to the same layer but have different numbers"
          )
        }
        leftOut[.twice, default: []].append(original)
      } else {
        places[name] = kept.count
        kept.append(ImportedTensor(name: name, original: original, source: file, tensor: tensor))
      }
    }
    return (
      kept,
      Reason.allCases.compactMap { reason in
        leftOut[reason].map { ImportRecord.LeftOut(source: file.name, reason: reason.rawValue, names: $0) }
      }
    )
  }

  /// Maps the numbers of the `Sequential` to torchvision's names: conv1, bn1, ReLU, pooling, then the stages.
  private static func name(_ original: String) -> String {
    let trunk = "backbone."
    guard original.hasPrefix(trunk) else { return original }
    let rest = original.dropFirst(trunk.count)
    let parts = rest.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let place = Int(parts[0]) else { return "cnn.\(rest)" }
    switch place {
    case 0: return "cnn.conv1.\(parts[1])"
    case 1: return "cnn.bn1.\(parts[1])"
    case 4..<(4 + mostStages): return "cnn.layer\(place - 3).\(parts[1])"
    default: return original
    }
  }

  // MARK: - Shapes

  private static func configuration(
    _ shapes: [String: [Int]], _ picture: EncoderPicture, _ file: ReleaseFile
  ) throws -> Configuration {
    func outputs(_ name: String) throws -> Int {
      guard let shape = shapes[name] else {
        throw CheckpointError(
          .missingTensor, file: file.path, "is not a complete emotion encoder: tensor '\(name)' is missing")
      }
      guard let outputs = shape.first else {
        throw CheckpointError(.misshapen, file: file.path, "tensor '\(name)' is a single number, not a matrix")
      }
      return outputs
    }
    var layers: [Int] = []
    while layers.count < mostStages, shapes["cnn.layer\(layers.count + 1).0.conv1.weight"] != nil {
      var blocks = 1
      while shapes["cnn.layer\(layers.count + 1).\(blocks).conv1.weight"] != nil { blocks += 1 }
      layers.append(blocks)
    }
    let width = try outputs("cnn.conv1.weight")
    guard !layers.isEmpty, shapes["cnn.layer1.0.conv3.weight"] != nil else {
      throw CheckpointError(
        .unsupported, file: file.path,
        "its trunk has no blocks of three convolutions: use a ResNet-50 or another ResNet of bottleneck blocks")
    }
    let classes = try outputs("fc_2.2.weight")
    guard classes == Emotion.allCases.count else {
      throw CheckpointError(
        .unsupported, file: file.path, "the encoder has \(classes) classes: use an encoder of the eight emotions")
    }
    return Configuration(
      width: width, layers: layers, embedding: try outputs("fc_1.weight"), imageSize: picture.size, mean: picture.mean,
      std: picture.deviation)
  }
}

/// How an encoder's input images are prepared, which its weights do not tell.
package struct EncoderPicture: Sendable {
  /// The side length in pixels.
  package var size: Int
  /// Values in 0 … 1 become (value − mean) / deviation.
  package var mean: Float
  package var deviation: Float

  package init(size: Int = 224, mean: Float = 0.5, deviation: Float = 0.5) {
    self.size = size
    self.mean = mean
    self.deviation = deviation
  }
}
