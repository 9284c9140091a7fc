import Checkpoints
import Engine
import Foundation
import Loaders
import Models
import TestSupport
import Testing

extension SampleModel {
  /// Writes the folder with CLIP's tokenizer.
  func writeModel(_ folder: String, as type: ElementType = .f32) throws {
    try writeFolder(folder, as: type)
    try FileManager.default.createDirectory(atPath: "\(folder)/tokenizer", withIntermediateDirectories: true)
    for (name, text) in try TokenizerFiles.documents(pad: family == .first ? "<|endoftext|>" : "!") {
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/tokenizer/\(name)"))
    }
  }
}

/// Every tensor of a model by part and today's name: its shape and the bits of its values.
func contents(of model: BaseModel, _ parts: [ModelPart] = ModelPart.allCases) throws -> [String: [UInt32]] {
  var contents: [String: [UInt32]] = [:]
  for part in parts {
    let weights = try model.weights(part)
    for name in weights.names where !name.hasSuffix("position_ids") {
      let shape = try #require(weights.shape(of: name))
      let values = try weights.tensor(name, shape).values.map(\.bitPattern)
      contents["\(part.rawValue)/\(name.replacing("text_model.", with: ""))"] = shape.map(UInt32.init) + values
    }
  }
  return contents
}

/// Writes a file of tensors of zeros.
func write(_ shapes: [(String, [Int])], to path: String, _ container: TensorContainer = .safetensors) throws {
  try container.write(shapes.map { StoredBytes($0, zeros: $1) }, to: path)
}

/// Copies the shipped model, so that a test may change its files.
func copyTinyModel(to folder: String) throws {
  try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
  // Only the base model's parts count here.
  for part in [
    "emogen.json", "clip", "mapper", "emotion_space", "emotion_encoder", "emotion_classifier", "attribute_classifier",
  ] { try FileManager.default.removeItem(atPath: "\(folder)/\(part)") }
}

/// Changes keys of a JSON file; nil removes one.
func edit(_ path: String, _ changes: [String: Any?]) throws {
  let url = URL(filePath: path)
  var values = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  for (key, value) in changes { values[key] = value }
  try JSONSerialization.data(withJSONObject: values).write(to: url)
}

/// Reads a model as a worker would, without keeping its matrices.
enum ExaminedModel {
  static func build(_ model: BaseModel) throws {
    _ = try UNet(model.weights(.unet).examining(), model.unet)
    _ = try Autoencoder(model.weights(.vae).examining(), model.vae)
    _ = try CLIPTextEncoder(model.weights(.textEncoder).examining(), model.text)
    _ = try model.tokenizer()
  }
}
