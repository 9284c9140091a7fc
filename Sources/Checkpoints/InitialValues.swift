import Engine

/// The values that a new network starts from, as PyTorch draws them.
struct InitialValues: Sendable {
  let seed: UInt64

  /// A weight of a linear layer or convolution: uniform within ±1/√fan-in, which is PyTorch's Kaiming rule with a = √5.
  func matrix(_ name: String, _ shape: [Int]) -> Tensor {
    uniform(name, shape, within: 1 / Float(max(1, shape.dropFirst().reduce(1, *))).squareRoot())
  }

  func bias(_ name: String, _ count: Int, fan: Int) -> Tensor {
    uniform(name, [count], within: 1 / Float(max(1, fan)).squareRoot())
  }

  /// All other tensors: gains 1, shifts 0, embeddings normal with deviation 0.02, CLIP's temperature ln(1 / 0.07).
  func plain(_ name: String, _ shape: [Int]) -> Tensor {
    if shape.isEmpty { return Tensor(shape, repeating: 2.6592) }
    if shape.count == 1 {
      if name.hasSuffix(".weight") || name.hasSuffix(".running_var") { return Tensor(shape, repeating: 1) }
      if name.hasSuffix(".bias") || name.hasSuffix(".running_mean") { return Tensor(shape) }
    }
    var generator = generator(name)
    return Tensor(shape, generator.normal(shape.reduce(1, *)).map { $0 * 0.02 })
  }

  private func uniform(_ name: String, _ shape: [Int], within bound: Float) -> Tensor {
    var generator = generator(name)
    return Tensor(shape, generator.uniform(shape.reduce(1, *)).map { (2 * $0 - 1) * bound })
  }

  /// The FNV-1a hash of the name, mixed with the seed.
  private func generator(_ name: String) -> TorchGenerator {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash ^= seed &* 0x9e37_79b9_7f4a_7c15
    return TorchGenerator(seed: hash ^ (hash >> 32))
  }
}
