import Engine

/// Standard normal noise for the images of a pass; each image has its own generator.
struct ImageNoise {
  private var generators: [TorchGenerator]
  /// `[1, h, w, C]`.
  private let shape: [Int]

  init(seeds: some Sequence<UInt64>, shape: [Int]) {
    generators = seeds.map { TorchGenerator(seed: $0) }
    self.shape = shape
  }

  /// Draws the next noise of every image: `[N, h, w, C]`.
  mutating func draw() -> Tensor {
    Tensor.concatenated(
      generators.indices.map { image in
        // PyTorch draws `[1, C, h, w]`.
        Tensor([1, shape[3], shape[1], shape[2]], generators[image].normal(shape.reduce(1, *)))
          .transposed([0, 2, 3, 1])
      })
  }
}
