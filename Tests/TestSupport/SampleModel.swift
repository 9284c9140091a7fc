package import Checkpoints
import Engine
package import Foundation

/// A small model of one of the families that exists as a folder in diffusers' layout and as a checkpoint with the names
/// of the original training code, with the same values in both.
///
/// `Tests/Fixtures/single-file/names.py` says which tensors correspond; values are drawn.
package struct SampleModel: Sendable {
  /// Stable Diffusion 1.x with CLIP and 2.x with OpenCLIP.
  package enum Family: String, CaseIterable, Sendable { case first = "sd1", second = "sd2" }

  private struct Line: Sendable {
    let name: String
    let shape: [Int]
    /// The folder's tensors that it consists of, one after the other; none if the folder has no such tensor.
    let sources: [String]
    let sourceShape: [Int]
  }

  package let family: Family
  /// The configurations of the parts by their place in the folder.
  package let configurations: [String: Data]
  private let lines: [Line]
  /// Of the folder's tensors, by part and name, and of the checkpoint's own.
  private let values: [String: [Float]]

  private static let all = Dictionary(
    uniqueKeysWithValues: Family.allCases.map { family in (family, Result { try SampleModel(drawing: family) }) })

  /// The model, which is drawn once.
  package init(_ family: Family) throws {
    guard let model = try Self.all[family]?.get() else { throw GoldenError(description: "there is no \(family)") }
    self = model
  }

  private init(drawing family: Family) throws {
    self.family = family
    let fixture = SourceTree.fixture("single-file/\(family.rawValue)")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: "\(fixture).json")))
    configurations = try (json as? [String: Any] ?? [:]).mapValues { try JSONSerialization.data(withJSONObject: $0) }
    lines = try String(contentsOfFile: "\(fixture).txt", encoding: .utf8).split(separator: "\n").map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map { $0.split(separator: ",") }
      guard columns.count == 4, let name = columns[0].first else {
        throw GoldenError(description: "\(fixture).txt: \(line)")
      }
      return Line(
        name: String(name), shape: columns[1].compactMap { Int($0) }, sources: columns[2].map(String.init),
        sourceShape: columns[3].compactMap { Int($0) })
    }
    var values: [String: [Float]] = [:]
    for line in lines {
      for name in line.sources.isEmpty ? [line.name] : line.sources {
        let shape = line.sources.isEmpty ? line.shape : line.sourceShape
        values[name] = Self.drawn(name, shape, seed: UInt64(values.count))
      }
    }
    self.values = values
  }

  /// Values as of an initialised network: results stay of the order of one.
  private static func drawn(_ name: String, _ shape: [Int], seed: UInt64) -> [Float] {
    if name.hasSuffix("position_ids") { return (0..<shape.reduce(1, *)).map(Float.init) }
    var generator = TorchGenerator(seed: seed)
    let isNorm = shape.count == 1 && name.hasSuffix(".weight")
    let scale = shape.count > 1 ? 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot() : 0.1
    return generator.normal(shape.reduce(1, *)).map { $0 * scale + (isNorm ? 1 : 0) }
  }

  /// A part's tensors under the folder's names.
  package func tensors(of part: String, as type: ElementType = .f32) -> [StoredBytes] {
    lines.flatMap { line in
      line.sources.filter { $0.hasPrefix("\(part)/") }.map { source in
        StoredBytes(String(source.dropFirst(part.count + 1)), type, line.sourceShape, values[source] ?? [])
      }
    }
  }

  /// All tensors under the checkpoint's names.
  package func checkpoint(as type: ElementType = .f32) -> [StoredBytes] {
    lines.map { line in
      guard line.sources.isEmpty else {
        return StoredBytes(line.name, type, line.shape, line.sources.flatMap { values[$0] ?? [] })
      }
      let own: ElementType = line.name.hasSuffix("position_ids") ? .i64 : .f32
      return StoredBytes(line.name, own, line.shape, values[line.name] ?? [])
    }
  }

  /// Writes the folder in diffusers' layout, without a tokenizer.
  package func writeFolder(_ folder: String, as type: ElementType = .f32) throws {
    let index: [String: Any] = [
      "_class_name": "StableDiffusionPipeline",
      "scheduler": ["diffusers", family == .first ? "PNDMScheduler" : "DDIMScheduler"],
      "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
      "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
    ]
    let documents = configurations.merging(
      ["model_index.json": try JSONSerialization.data(withJSONObject: index)]) { $1 }
    for (place, text) in documents {
      let file = URL(filePath: "\(folder)/\(place)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file)
    }
    for (part, file) in Self.files {
      try TensorContainer.safetensors.write(tensors(of: part, as: type), to: "\(folder)/\(part)/\(file)")
    }
  }

  /// The names of the weight files of each part.
  package static let files = [
    "unet": "diffusion_pytorch_model.safetensors", "vae": "diffusion_pytorch_model.safetensors",
    "text_encoder": "model.safetensors",
  ]
}
