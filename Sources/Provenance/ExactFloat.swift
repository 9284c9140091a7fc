/// A 32-bit float as JSON: a number that any reader of doubles rounds back to the same bits.
///
/// Negative zero is the string "-0", because canonical JSON writes the number as `0`.
struct ExactFloat: Codable {
  let value: Float

  init(_ value: Float) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      guard text == "-0" else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a number")
      }
      value = -0.0
    } else {
      value = Float(try container.decode(Double.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value == 0, value.sign == .minus {
      try container.encode("-0")
    } else {
      try container.encode(Self.double(value))
    }
  }

  /// The double with the float's shortest digits (half the length of the exact ones), unless rounding twice, from
  /// digits to double to float, would give another float.
  static func double(_ value: Float) -> Double {
    guard let short = Double(value.description), Float(short) == value else { return Double(value) }
    return short
  }
}
