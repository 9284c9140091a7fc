/// The printable characters that stand for bytes in the vocabulary files of byte-level encodings.
///
/// Source: GPT-2's byte-level encoding, which CLIP and transformers' `ByteLevel` share.
package enum ByteAlphabet {
  /// The character of each byte: the byte's own if it is printable, otherwise the next from U+0100 on.
  package static let characters: [Character] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt8) in
      if isPrintable(byte) { return Character(Unicode.Scalar(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next).map(Character.init) ?? "\u{FFFD}"
    }
  }()

  /// The bytes in the order of CLIP's vocabulary: the printable ones, then the others.
  static let order: [UInt8] = (0...255).filter(isPrintable) + (0...255).filter { !isPrintable($0) }

  /// The byte that each character stands for.
  static let bytes: [Character: UInt8] = Dictionary(
    zip(characters, (0...255).map { UInt8($0) }), uniquingKeysWith: { first, _ in first })

  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }
}
