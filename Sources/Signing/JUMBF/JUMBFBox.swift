/// A superbox of JUMBF (ISO 19566-5): a described box with content boxes and further superboxes.
struct JUMBFBox: Sendable {
  /// What a superbox holds: its type's UUID, whose first four bytes are letters in C2PA.
  enum Kind: String, Sendable {
    case store = "c2pa"
    case manifest = "c2ma"
    case assertions = "c2as"
    case claim = "c2cl"
    case signature = "c2cs"
    case cbor, json

    /// The last twelve bytes of these UUIDs.
    static let tail: [UInt8] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71]

    var uuid: [UInt8] { Array(rawValue.utf8) + Self.tail }
  }

  /// A content box: four letters and its bytes.
  struct Content: Sendable {
    let type: String
    let bytes: ArraySlice<UInt8>
  }

  /// 16 bytes.
  let uuid: [UInt8]
  let label: String
  var contents: [Content] = []
  var children: [JUMBFBox] = []
  /// The description, the contents and the children as they stand in the file: what hashes of assertions cover.
  let payload: ArraySlice<UInt8>

  var kind: Kind? {
    uuid.suffix(12) == Kind.tail ? Kind(rawValue: String(decoding: uuid.prefix(4), as: UTF8.self)) : nil
  }

  /// The only content box, if it has this type.
  func content(_ type: String) -> ArraySlice<UInt8>? {
    contents.count == 1 && contents[0].type == type ? contents[0].bytes : nil
  }

  /// The children of a kind.
  func children(_ kind: Kind) -> [JUMBFBox] { children.filter { $0.kind == kind } }
}

extension JUMBFBox {
  /// The superbox's bytes with its description, which allows requests by label, and `body`, written by ``box(_:_:)``.
  static func superbox(_ kind: Kind, _ label: String, _ body: [UInt8]) -> [UInt8] {
    box("jumb", box("jumd", kind.uuid + [Toggles.named.rawValue] + Array(label.utf8) + [0]) + body)
  }

  static func box(_ type: String, _ bytes: [UInt8]) -> [UInt8] {
    bigEndian(UInt32(bytes.count + 8)) + Array(type.utf8) + bytes
  }

  /// The fields of a description.
  struct Toggles: OptionSet {
    let rawValue: UInt8
    /// The box may be requested, and has a label.
    static let named = Toggles(rawValue: 3)
    static let identifier = Toggles(rawValue: 4)
    static let digest = Toggles(rawValue: 8)
    static let privateBox = Toggles(rawValue: 16)
    static let known = Toggles(rawValue: 31)
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
  }
}
