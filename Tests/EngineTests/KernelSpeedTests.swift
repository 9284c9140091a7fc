import Engine
import TestSupport
import Testing
import Vocabulary

/// Instruction sets beside each other in one run: the best of many short rounds in turn, so that other work on the
/// machine meets both. The bounds are far below what is measured (in brackets) and still tell a broken kernel.
struct KernelSpeedTests {
  /// How many times as fast `second` is, by the fastest of `rounds`.
  private static func ratio(rounds: Int = 60, _ first: () -> Void, _ second: () -> Void) -> Double {
    var best = [Duration.seconds(60), .seconds(60)]
    let clock = ContinuousClock()
    for _ in 0..<rounds {
      best[0] = min(best[0], clock.measure(first))
      best[1] = min(best[1], clock.measure(second))
    }
    return best[0] / best[1]
  }

  private static func numbers(_ shape: [Int]) -> Tensor {
    var generator = TorchGenerator(seed: 1)
    return Tensor(shape, generator.normal(shape.reduce(1, *)))
  }

  @Test(.enabled(if: InstructionSet.available.contains(.avx512)))
  func avx512IsWorthHaving() throws {
    let (narrow, wide) = (try Compute(threads: 1, instructions: .avx2), try Compute(threads: 1, instructions: .avx512))
    let x = Self.numbers([448, 320])
    let layer = PackedMatrix(linear: Self.numbers([320, 320]), bias: nil, isFixed: true)
    let product = Self.ratio({ _ = narrow.linear(x, layer) }, { _ = wide.linear(x, layer) })
    #expect(product > 0.9, "products [1.1]: \(product)")
    let image = Self.numbers([1, 32, 32, 64])
    let kernel = PackedMatrix(convolution: Self.numbers([64, 64, 3, 3]), bias: nil, isFixed: true)
    let shape = ConvolutionShape(kernel: 3)
    let winograd = Self.ratio(
      { _ = narrow.convolution(image, kernel, shape) }, { _ = wide.convolution(image, kernel, shape) })
    #expect(winograd > 0.9, "convolutions [1.3]: \(winograd)")
    guard let half = try? wide.with(.bf16) else { return }
    let halves = Self.ratio({ _ = wide.linear(x, layer) }, { _ = half.linear(x, layer) })
    #expect(halves > 1.2, "halves [1.7]: \(halves)")
  }

  @Test(.enabled(if: InstructionSet.available.contains(.avx2)))
  func avx2IsWorthHaving() throws {
    let (portable, own) = (
      try Compute(threads: 1, instructions: .portable), try Compute(threads: 1, instructions: .avx2)
    )
    let x = Self.numbers([112, 160])
    let layer = PackedMatrix(linear: Self.numbers([160, 160]), bias: nil, isFixed: true)
    let product = Self.ratio({ _ = portable.linear(x, layer) }, { _ = own.linear(x, layer) })
    #expect(product > 1.5, "products [2.8]: \(product)")
  }
}
