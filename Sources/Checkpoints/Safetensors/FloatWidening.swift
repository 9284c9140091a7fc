/// Converts little-endian floats of a file to 32-bit floats. Sources need no alignment.
///
/// It uses only integer arithmetic and selects, so that the loops are vectorised on any CPU and subnormal values are
/// exact in any floating-point mode of the thread.
enum FloatWidening {
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
}
