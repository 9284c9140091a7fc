import Checkpoints
import Files
import Foundation
import Yams

/// The configuration that latent-diffusion code and the web UIs read for a checkpoint: `NAME.yaml` beside
/// `NAME.safetensors`.
///
/// It holds what no tensor's shape shows: what the denoiser predicts, the noise schedule, the number of attention heads
/// and the VAE's scale. What it says about shapes must agree with the checkpoint.
package struct CheckpointYAML {
  let path: String
  private let parameters: Node

  private static let largest = 1 << 20

  /// The file beside a checkpoint; nil if there is none.
  ///
  /// - Throws: `CheckpointError` if the file is not such a configuration.
  package init?(beside checkpoint: String) throws {
    let stem = URL(filePath: checkpoint).deletingPathExtension().path
    guard let path = ["\(stem).yaml", "\(stem).yml"].first(where: FileManager.default.fileExists(atPath:)) else {
      return nil
    }
    self.path = path
    let bytes: [UInt8]
    do {
      bytes = try File.read(path, atMost: Self.largest)
    } catch {
      throw CheckpointError(
        .unreadable, file: path, "\(error.message), as the YAML of a checkpoint: move it away, or get it again",
        underlying: error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CheckpointError(.malformed, file: path, "is not UTF-8 text as YAML is: move it away, or get it again")
    }
    let root: Node?
    do {
      root = try compose(yaml: text)
    } catch {
      throw CheckpointError(.malformed, file: path, "is not YAML: move it away, or get it again", underlying: error)
    }
    guard let parameters = Self.value(["model", "params"], in: root), case .mapping = parameters else {
      throw CheckpointError(
        .malformed, file: path,
        "has no model.params, as the configuration of a checkpoint does: if it belongs to something else, rename it")
    }
    self.parameters = parameters
  }

  /// What the denoiser was trained to predict, in diffusers' words.
  package func prediction() throws -> String {
    switch try string(["parameterization"]) ?? "eps" {
    case "eps": return "epsilon"
    case "v": return "v_prediction"
    case let other: throw unsupported(["parameterization"], other, use: "eps or v")
    }
  }

  /// - Returns: the number of trained timesteps and the first and last beta; the defaults are those of latent-diffusion.
  package func schedule() throws -> (timesteps: Int, first: Double, last: Double) {
    let kind = try string(["beta_schedule"]) ?? "linear"
    guard kind == "linear" else { throw unsupported(["beta_schedule"], kind, use: "linear") }
    return (
      try integer(["timesteps"]) ?? 1000, try number(["linear_start"]) ?? 1e-4, try number(["linear_end"]) ?? 2e-2
    )
  }

  package func scale() throws -> Double? { try number(["scale_factor"]) }

  /// Attention heads of levels with these channels; nil if the file says nothing.
  package func heads(_ channels: [Int]) throws -> [Int]? {
    func given(_ key: String) throws -> Int? { try integer(Self.unet + [key]).flatMap { $0 > 0 ? $0 : nil } }
    if let width = try given("num_head_channels") {
      guard channels.allSatisfy({ $0 % width == 0 }) else {
        throw unsupported(
          Self.unet + ["num_head_channels"], "\(width)", use: "a number that divides the channels \(channels)")
      }
      return channels.map { $0 / width }
    }
    return try given("num_heads").map { Array(repeating: $0, count: channels.count) }
  }

  /// Whether the text encoder's last layer conditions; nil if the file says nothing.
  package func usesLastLayer() throws -> Bool? {
    let path = ["cond_stage_config", "params", "layer"]
    switch try string(path) {
    case nil: return nil
    case "last": return true
    case "penultimate": return false
    case let other?: throw unsupported(path, other, use: "last or penultimate")
    }
  }

  /// - Throws: `CheckpointError` if the file describes a denoiser of other sizes.
  func check(_ unet: LDMUNet) throws {
    let found = [
      "in_channels": unet.inputs, "out_channels": unet.outputs, "model_channels": unet.levels[0].channels,
      "context_dim": unet.context, "num_res_blocks": unet.levels[0].layers, "transformer_depth": unet.transformerLayers,
    ]
    for (key, value) in found.sorted(by: { $0.key < $1.key }) {
      // Other checkpoints give some of these one value for each level.
      guard case .scalar? = node(Self.unet + [key]), let said = try integer(Self.unet + [key]), said != value else {
        continue
      }
      throw CheckpointError(
        .misshapen, file: path,
        "\(Self.name(Self.unet + [key])) is \(said), but the checkpoint beside it has \(value): the file belongs to another checkpoint"
      )
    }
  }

  // MARK: - Values

  private static let unet = ["unet_config", "params"]

  private static func name(_ keys: [String]) -> String { (["model", "params"] + keys).joined(separator: ".") }

  private static func value(_ keys: [String], in root: Node?) -> Node? {
    keys.reduce(root) { node, key in
      guard case .mapping(let mapping)? = node else { return nil }
      return mapping.first { $0.key.scalar?.string == key }?.value
    }
  }

  private func node(_ keys: [String]) -> Node? { Self.value(keys, in: parameters) }

  /// The text of a scalar; nil if it is missing or null.
  private func string(_ keys: [String]) throws -> String? {
    guard let node = node(keys) else { return nil }
    guard case .scalar(let scalar) = node else { throw invalid(keys, node, "one value") }
    let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    return isNull ? nil : scalar.string
  }

  private func integer(_ keys: [String]) throws -> Int? {
    guard let text = try string(keys) else { return nil }
    guard let value = Int(text), (-1...1 << 24).contains(value) else {
      throw invalid(keys, node(keys), "a whole number")
    }
    return value
  }

  private func number(_ keys: [String]) throws -> Double? {
    guard let text = try string(keys) else { return nil }
    guard let value = Double(text), value.isFinite, value > 0 else {
      throw invalid(keys, node(keys), "a number above 0")
    }
    return value
  }

  private func invalid(_ keys: [String], _ node: Node?, _ needed: String) -> CheckpointError {
    CheckpointError(.malformed, file: path, line: node?.mark?.line, "\(Self.name(keys)) must be \(needed)")
  }

  private func unsupported(_ keys: [String], _ value: String, use accepted: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: path, line: node(keys)?.mark?.line,
      "\(Self.name(keys)) is '\(value)', which is not supported: it must be \(accepted)")
  }
}
