/// Single-precision logarithm, sine and cosine by the Cephes polynomials, rounded as in PyTorch's vectorised Box–Muller
/// transform: the last bit depends on which multiplications are fused with the following addition.
///
/// The operations are written out instead of calling the C library, so that a seed gives the same bits on every
/// machine. Source: S. L. Moshier, Cephes Mathematical Library, `logf.c` and `sinf.c`.
enum CephesMath {
  /// ln x for normal x > 0.
  static func log(_ x: Float) -> Float {
    var exponent = Float(Int(x.bitPattern >> 23) - 126)
    // x = mantissa · 2^exponent with the mantissa in [½, 1), which is then mapped to [√½ − 1, √2 − 1).
    var mantissa = Float(bitPattern: x.bitPattern & 0x007f_ffff | 0x3f00_0000)
    if mantissa < 0.707_106_781 {
      exponent -= 1
      mantissa = mantissa - 1 + mantissa
    } else {
      mantissa -= 1
    }
    let square = mantissa * mantissa
    var sum = polynomial(
      mantissa, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
      -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
    // ln 2 is split into two parts, of which the larger one is exact in few bits.
    sum = (exponent * -2.12194440e-4).addingProduct(sum * mantissa, square)
    sum = sum.addingProduct(square, -0.5)
    return (mantissa + sum).addingProduct(exponent, 0.693359375)
  }

  /// sin x and cos x for 0 ≤ x ≤ 2π.
  static func sinCos(_ x: Float) -> (sin: Float, cos: Float) {
    // The octant is rounded up to an even number, so that x lies within π/4 of octant · π/4.
    let octant = (Int(x * 1.27323954473516) + 1) & ~1
    let turns = Float(octant)
    // Splitting π/4 into three parts keeps the low bits of the remainder.
    let reduced = x.addingProduct(turns, -0.78515625)
      .addingProduct(turns, -2.4187564849853515625e-4)
      .addingProduct(turns, -3.77489497744594108e-8)
    let square = reduced * reduced
    let evenPart = polynomial(square, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2) * square
    let even = (square * -0.5).addingProduct(evenPart, square) + 1
    let oddPart = polynomial(square, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1) * square
    let odd = reduced.addingProduct(oddPart, reduced)
    switch octant & 6 {
    case 0: return (odd, even)
    case 2: return (even, -odd)
    case 4: return (-odd, -even)
    default: return (-even, odd)
    }
  }

  /// Horner's method with fused multiply-adds, highest coefficient first.
  private static func polynomial(_ x: Float, _ coefficients: Float...) -> Float {
    var sum = coefficients[0]
    for coefficient in coefficients.dropFirst() { sum = coefficient.addingProduct(sum, x) }
    return sum
  }
}
