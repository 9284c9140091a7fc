/// Converts little-endian floats of a file to 32-bit floats. Sources need no alignment.
///
/// It uses only integer arithmetic and selects, so that the loops are vectorised on any CPU and subnormal values are
/// exact in any floating-point mode of the thread.
enum FloatWidening {
  typealias Conversion =
    @Sendable (_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) -> Void

  static func single(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
      let bits = UInt32(littleEndian: source.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
      target[index] = Float(bitPattern: bits)
    }
  }

  /// bf16 is the upper half of a 32-bit float.
  static func brain(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
      let bits = UInt16(littleEndian: source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
      target[index] = Float(bitPattern: UInt32(bits) &<< 16)
    }
  }

  /// IEEE 754 binary16: 5 exponent bits of bias 15, 10 mantissa bits.
  static func half(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    let rebias: UInt32 = (127 - 15) << 23
    let smallestNormal = Float(bitPattern: rebias &+ 1 << 23)
    for index in 0..<count {
      let bits = UInt32(UInt16(littleEndian: source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)))
      let magnitude = (bits & 0x7FFF) &<< 13
      let normal = magnitude &+ rebias
      // Infinities and NaNs keep the largest exponent: add the same bias again.
      let special = normal &+ rebias
      // With exponent field 0, the mantissa has no leading 1: add it, then subtract its value.
      let subnormal = (Float(bitPattern: normal &+ 1 &<< 23) - smallestNormal).bitPattern
      let widened = magnitude >= 0x1F &<< 23 ? special : (magnitude < 1 &<< 23 ? subnormal : normal)
      target[index] = Float(bitPattern: widened | (bits & 0x8000) &<< 16)
    }
  }

  /// Rounds to nearest with ties to even, as `Tensor.float` of PyTorch does.
  static func double(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
      let bits = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
      target[index] = Float(Double(bitPattern: bits))
    }
  }

  /// FP8 E5M2 is the upper half of binary16.
  static func eight5(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    eight(source, target, count, table5)
  }

  /// FP8 E4M3FN: 4 exponent bits of bias 7, 3 mantissa bits, no infinities; the code 0x7F with either sign is NaN.
  static func eight4(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    eight(source, target, count, table4)
  }

  private static func eight(
    _ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ table: [Float]
  ) {
    table.withUnsafeBufferPointer { table in
      for index in 0..<count { target[index] = table[Int(source.load(fromByteOffset: index, as: UInt8.self))] }
    }
  }

  private static let table5: [Float] = (0..<256).map { code in
    var value: Float = 0
    withUnsafeBytes(of: UInt16(code) << 8) { raw in
      if let address = raw.baseAddress { half(address, &value, 1) }
    }
    return value
  }

  private static let table4: [Float] = (0..<256).map { code in
    let sign = UInt32(code & 0x80) << 24
    let (exponent, mantissa) = (UInt32(code >> 3 & 0xF), UInt32(code & 7))
    if code & 0x7F == 0x7F { return Float(bitPattern: sign | 0x7FF0_0000) }
    guard exponent > 0 else {
      // A subnormal value: units of 2⁻⁹.
      return Float(bitPattern: (Float(mantissa) / 512).bitPattern | sign)
    }
    return Float(bitPattern: sign | (exponent + 120) << 23 | mantissa << 20)
  }
}
