package import Checkpoints
package import Engine
import Files

/// LoRAs bound to the weights of a model, which they change while the weights are read:
/// W + Σ weight · alpha / rank · up · down, added in the order in which the LoRAs are given.
///
/// Source: Hu et al. 2021 (arXiv:2106.09685). A LoRA of weight 0 is checked but changes no bit.
package struct LoRAMerge: Sendable {
  private let changes: [ModelPart: [String: [LoRAChange]]]
  private let compute: Compute

  /// - Parameters:
  ///   - uses: the LoRAs with their weights.
  ///   - parts: the unchanged weights of the U-Net and the text encoder; only names and shapes are read.
  ///   - compute: merges in fp32.
  /// - Throws: `CheckpointError` naming the first tensors that the model has no place for, or the shapes that do not fit.
  package init(
    _ uses: [(file: LoRAFile, weight: Double)], into parts: [(part: ModelPart, weights: Weights)], on compute: Compute
  ) throws {
    let targets = LoRATargets(parts)
    var changes: [ModelPart: [String: [LoRAChange]]] = [:]
    for (file, weight) in uses {
      let lost = file.modules.filter { targets.target(of: $0) == nil }
      guard lost.isEmpty else { throw Self.refusal(of: file, lost) }
      for module in file.modules {
        guard let target = targets.target(of: module) else { continue }
        try Self.check(module, of: file, fits: target, targets)
        guard weight != 0 else { continue }
        let factor = Float(weight * module.scale)
        guard factor.isFinite else {
          throw CheckpointError(
            .malformed, file: file.file.path,
            "the weight \(weight) times the scale \(module.scale) of '\(ForeignName.shown(module.down))' is not finite")
        }
        changes[target.part, default: [:]][target.name, default: []].append(
          LoRAChange(file: file.file, down: module.down, up: module.up, rank: module.rank, factor: factor))
      }
    }
    self.changes = changes
    self.compute = compute
  }

  /// The change of one network's weights; nil if no LoRA changes them.
  package func adjustment(of part: ModelPart) -> (any WeightAdjustment)? {
    changes[part].map { Adjustment(changes: $0, compute: compute) }
  }

  private struct Adjustment: WeightAdjustment {
    let changes: [String: [LoRAChange]]
    let compute: Compute

    func adjusted(_ name: String, _ tensor: Tensor) throws -> Tensor {
      try (changes[name] ?? []).reduce(tensor) { try $1.merged(into: $0, on: compute) }
    }
  }

  private static func check(
    _ module: LoRAModule, of file: LoRAFile, fits target: LoRATargets.Target, _ targets: LoRATargets
  ) throws {
    let down = try file.file.shape(of: module.down)
    let up = try file.file.shape(of: module.up)
    let own = [up[0], down[1]] + down.dropFirst(2)
    // A 1×1 convolution is a matrix.
    func essential(_ shape: [Int]) -> [Int] {
      shape.dropFirst(2).allSatisfy { $0 == 1 } ? Array(shape.prefix(2)) : shape
    }
    guard essential(own) != essential(target.shape) else { return }
    var cause = "the LoRA is made for another model"
    if module.name.hasSuffix("_attn2_to_k") || module.name.hasSuffix("_attn2_to_v"), let width = targets.textWidth {
      let family = [768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "Stable Diffusion XL"][down[1]]
      cause =
        "the LoRA is made for a text width of \(down[1])\(family.map { " (\($0))" } ?? ""), the model's is \(width)"
    }
    throw CheckpointError(
      .misshapen, file: file.file.path,
      "'\(ForeignName.shown(module.down))' and its counterpart change a weight of shape \(own), but the model's "
        + "'\(target.name)' has the shape \(target.shape): \(cause)")
  }

  private static func refusal(of file: LoRAFile, _ lost: [LoRAModule]) -> CheckpointError {
    let names = lost.map(\.down)
    let deep = lost.contains { $0.name.contains("_transformer_blocks_1_") }
    let sentence =
      ForeignLoRA.sentence(names)
      ?? (deep
        ? "is a LoRA for Stable Diffusion XL, which is not supported: use one for Stable Diffusion 1.x or 2.x"
        : "is made for a model with other modules: use it with the model it was trained on")
    return CheckpointError(
      .unexpectedTensor, file: file.file.path,
      "\(sentence) (the model has no place for \(ForeignLoRA.list(names)))")
  }
}
