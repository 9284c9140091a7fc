/// The element types of weight files whose elements are whole bytes, under the names of the safetensors format.
package enum ElementType: String, Sendable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .f64, .i64, .u64: 8
    }
  }

  /// Whether the elements are floating-point numbers, which are read as fp32.
  package var isFloat: Bool { widening != nil }

  /// Converts elements to 32-bit floats; nil for integers, which fp32 may not hold.
  var widening: FloatWidening.Conversion? {
    switch self {
    case .f32: FloatWidening.single
    case .f16: FloatWidening.half
    case .bf16: FloatWidening.brain
    case .f64: FloatWidening.double
    case .f8e4m3: FloatWidening.eight4
    case .f8e5m2: FloatWidening.eight5
    case .bool, .u8, .i8, .i16, .u16, .i32, .u32, .i64, .u64: nil
    }
  }

  /// The integer at an address, which needs no alignment; nil for floats and for what `Int` cannot hold.
  func integer(_ address: UnsafeRawPointer) -> Int? {
    func load<Stored: FixedWidthInteger & BitwiseCopyable>(_ type: Stored.Type) -> Int? {
      Int(exactly: Stored(littleEndian: address.loadUnaligned(as: type)))
    }
    switch self {
    case .bool: return address.load(as: UInt8.self) == 0 ? 0 : 1
    case .u8: return load(UInt8.self)
    case .i8: return load(Int8.self)
    case .i16: return load(Int16.self)
    case .u16: return load(UInt16.self)
    case .i32: return load(Int32.self)
    case .u32: return load(UInt32.self)
    case .i64: return load(Int64.self)
    case .u64: return load(UInt64.self)
    case .f8e5m2, .f8e4m3, .f16, .bf16, .f32, .f64: return nil
    }
  }
}
