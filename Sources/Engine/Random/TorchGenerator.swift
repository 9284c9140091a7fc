#if canImport(Glibc)
  import Glibc
#endif

/// Generates the random numbers of `torch.randn` and `torch.rand` with `torch.Generator("cpu").manual_seed(seed)`.
///
/// The state continues from call to call as in PyTorch: an ancestral sampler draws its noise after the latents.
package struct TorchGenerator: Sendable {
  /// PyTorch transforms 16 uniform numbers at a time, but draws the values of shorter tensors one by one.
  private static let block = 16
  /// 2π rounded to the nearest float; `Float.pi` is rounded towards zero.
  private static let fullTurn: Float = 6.283185307179586

  private var engine: MersenneTwister
  /// The second value of the last scalar Box–Muller pair.
  private var spare: Double?

  /// - Parameter seed: only its low 32 bits are used, as in PyTorch.
  package init(seed: UInt64) {
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// `torch.randn(count, generator: self)`.
  package mutating func normal(_ count: Int) -> [Float] {
    guard count >= Self.block else { return (0..<max(count, 0)).map { _ in Float(nextNormal()) } }
    var values = (0..<count).map { _ in nextUniform() }
    for start in stride(from: 0, through: count - Self.block, by: Self.block) { Self.transform(&values, at: start) }
    if !count.isMultiple(of: Self.block) {
      // PyTorch redraws the last 16 values, which overlap the last whole block.
      let start = count - Self.block
      for index in start..<count { values[index] = nextUniform() }
      Self.transform(&values, at: start)
    }
    return values
  }

  /// `torch.rand(count, generator: self)`: fractions in [0, 1).
  package mutating func uniform(_ count: Int) -> [Float] { (0..<max(count, 0)).map { _ in nextUniform() } }

  /// The Box–Muller transform in place: eight uniform numbers for the radius, then eight for the angle.
  private static func transform(_ values: inout [Float], at start: Int) {
    for index in start..<start + block / 2 {
      // 1 − u lies in (0, 1], where the logarithm is finite.
      let radius = (-2 * CephesMath.log(1 - values[index])).squareRoot()
      let (sin, cos) = CephesMath.sinCos(fullTurn * values[index + block / 2])
      // Adding 0 turns −0 into +0, as in PyTorch, which multiplies by the deviation 1 and adds the mean 0.
      values[index] = radius * cos + 0
      values[index + block / 2] = radius * sin + 0
    }
  }

  /// 24 random bits as a fraction in [0, 1).
  private mutating func nextUniform() -> Float {
    Float(engine.next() & 0xff_ffff) * 0x1p-24
  }

  /// 53 random bits as a fraction in [0, 1); the first word gives the upper bits.
  private mutating func nextWideUniform() -> Double {
    let upper = UInt64(engine.next())
    let lower = UInt64(engine.next())
    return Double((upper << 32 | lower) & ((1 << 53) - 1)) * 0x1p-53
  }

  private mutating func nextNormal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let angle = 2 * Double.pi * nextWideUniform()
    let radius = (-2 * log1p(-nextWideUniform())).squareRoot()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
