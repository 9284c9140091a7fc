package import Checkpoints

/// The weights of a model that a LoRA can change, under all names that LoRA files have for them.
package struct LoRATargets {
  package struct Target {
    package let part: ModelPart
    /// The network's name of the tensor.
    package let name: String
    let shape: [Int]
  }

  private let found: [ModelPart: [String: Target]]

  package init(_ parts: [(part: ModelPart, weights: Weights)]) {
    var found: [ModelPart: [String: Target]] = [:]
    for (part, weights) in parts {
      let modules = weights.names.filter { $0.hasSuffix(".weight") }.map { String($0.dropLast(".weight".count)) }
      let original = part == .unet ? LDMNames(diffusers: modules) : nil
      for module in modules {
        let name = "\(module).weight"
        guard let shape = weights.shape(of: name), [2, 4].contains(shape.count) else { continue }
        let target = Target(part: part, name: name, shape: shape)
        for path in [module, original?.original(module)] {
          guard var key = path.map({ String($0.map { $0 == "." ? "_" : $0 }) }) else { continue }
          if part == .textEncoder, key.hasPrefix("text_model_") { key.removeFirst("text_model_".count) }
          found[part, default: [:]][key] = target
        }
      }
    }
    self.found = found
  }

  /// The weight that a LoRA's module changes; nil if the model has none of that name.
  package func target(of module: LoRAModule) -> Target? {
    if let part = module.part { return found[part]?[module.name] }
    return found[.unet]?[module.name] ?? found[.textEncoder]?[module.name]
  }

  /// The width of the text that the U-Net attends to; nil if it attends to none.
  var textWidth: Int? {
    found[.unet]?.first { $0.key.hasSuffix("_attn2_to_k") }?.value.shape[1]
  }
}
