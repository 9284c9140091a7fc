package import Checkpoints
import Engine
import Files

/// A LoRA as its header describes it; the factors are read when they are merged.
package struct LoRAFile: Sendable {
  package let file: any TensorFile
  package let modules: [LoRAModule]

  /// Opens a `.safetensors`, `.pt`, `.bin` or `.ckpt` file, or a folder that holds one.
  ///
  /// - Throws: `CheckpointError`: `unsupported` with what the file is if it is no LoRA that can be merged, `malformed`
  ///   if factors are missing or do not fit each other.
  package init(_ path: String) throws {
    let file = try AddedFolder.lora.file(at: path)
    let configuration = LoRASettings.configuration(of: file)
    guard configuration == nil || path != file else {
      throw CheckpointError(
        .unsupported, file: file,
        "its scale is in adapter_config.json beside it: give the folder, so that the record covers both files")
    }
    try self.init(TensorFiles.open(file), configuration: configuration)
  }

  /// - Parameter configuration: PEFT's `adapter_config.json`, if the file has one.
  package init(_ file: any TensorFile, configuration: String? = nil) throws {
    self.file = file
    let names = file.tensorNames
    var found: [LoRASite: [LoRAKey.Role: String]] = [:]
    var foreign: [String] = []
    for name in names {
      guard let key = LoRAKey(name) else {
        foreign.append(name)
        continue
      }
      let site = LoRASite(part: key.part, module: key.module)
      if let other = found[site, default: [:]].updateValue(name, forKey: key.role) {
        throw CheckpointError(
          .malformed, file: file.path,
          "the tensors '\(ForeignName.shown(other))' and '\(ForeignName.shown(name))' change the same weight: "
            + "save the LoRA in one form")
      }
    }
    guard foreign.isEmpty, !found.isEmpty else { throw ForeignLoRA.refusal(of: file.path, foreign) }
    let settings = try LoRASettings(of: file, configuration: configuration)
    modules = try found.sorted { $0.key < $1.key }.map { try Self.module($0, $1, file, settings) }
  }

  private static func module(
    _ site: LoRASite, _ roles: [LoRAKey.Role: String], _ file: any TensorFile, _ settings: LoRASettings
  ) throws -> LoRAModule {
    guard let down = roles[.down], let up = roles[.up] else {
      let given = roles.values.sorted().map { "'\(ForeignName.shown($0))'" }.joined(separator: " and ")
      throw CheckpointError(
        .malformed, file: file.path,
        "has \(given) without the \(roles[.down] == nil ? "down" : "up") factor of the same weight: "
          + "the file is incomplete, fetch it again")
    }
    let shapes = (down: try file.shape(of: down), up: try file.shape(of: up))
    guard [2, 4].contains(shapes.down.count), [2, 4].contains(shapes.up.count), shapes.down[0] > 0 else {
      throw CheckpointError(
        .misshapen, file: file.path,
        "'\(ForeignName.shown(down))' has the shape \(shapes.down) and its counterpart \(shapes.up), "
          + "where matrices or convolutions of a rank above 0 are needed")
    }
    guard shapes.down[0] == shapes.up[1] else {
      throw CheckpointError(
        .misshapen, file: file.path,
        "'\(ForeignName.shown(down))' has rank \(shapes.down[0]) (shape \(shapes.down)), but "
          + "'\(ForeignName.shown(up))' has rank \(shapes.up[1]) (shape \(shapes.up)): the file is damaged")
    }
    guard shapes.up.dropFirst(2).allSatisfy({ $0 == 1 }) else {
      throw CheckpointError(
        .unsupported, file: file.path,
        "'\(ForeignName.shown(up))' has the shape \(shapes.up): only 1×1 kernels are merged after the down factor")
    }
    let rank = shapes.down[0]
    let alpha = try roles[.alpha].map { try Self.alpha($0, file) }
    return LoRAModule(
      part: site.part, name: site.module, down: down, up: up, rank: rank,
      scale: alpha.map { $0 / Double(rank) } ?? settings.scale(of: site, rank: rank))
  }

  /// A scalar, stored as any number type.
  private static func alpha(_ name: String, _ file: any TensorFile) throws -> Double {
    let shape = try file.shape(of: name)
    guard shape.allSatisfy({ $0 == 1 }) else {
      throw CheckpointError(
        .misshapen, file: file.path, "'\(ForeignName.shown(name))' has the shape \(shape), where one number is needed")
    }
    let value: Double? =
      try file.elementType(of: name).isFloat
      ? file.tensor(name).values.first.map(Double.init) : file.integers(name).first.map(Double.init)
    guard let value, value.isFinite else {
      throw CheckpointError(
        .malformed, file: file.path, "'\(ForeignName.shown(name))' is not a finite number: the file is damaged")
    }
    return value
  }
}

/// The module that a tensor of a LoRA changes.
struct LoRASite: Hashable, Comparable {
  let part: ModelPart?
  let module: String

  static func < (left: Self, right: Self) -> Bool {
    (left.part?.rawValue ?? "", left.module) < (right.part?.rawValue ?? "", right.module)
  }
}
