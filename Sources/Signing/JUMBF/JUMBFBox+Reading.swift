import Files

extension JUMBFBox {
  /// Nested superboxes that are read; C2PA nests four.
  private static let deepest = 8

  /// The one superbox that `bytes` hold.
  ///
  /// - Throws: ``SigningError`` with the offset of the fault in `bytes`.
  init(reading bytes: ArraySlice<UInt8>, named name: String) throws(SigningError) {
    var rest = bytes
    let start = bytes.startIndex
    let (type, content) = try Self.box(&rest, start, name)
    guard type == "jumb" else {
      throw Self.failure(bytes.startIndex - start, name, "a JUMBF superbox should stand here, not '\(type)'")
    }
    self = try Self(payload: content, start: start, name: name, depth: 0)
    guard rest.isEmpty else {
      throw Self.failure(rest.startIndex - start, name, "\(rest.count) bytes follow the manifest store")
    }
  }

  private init(payload: ArraySlice<UInt8>, start: Int, name: String, depth: Int) throws(SigningError) {
    guard depth < Self.deepest else {
      throw Self.failure(
        payload.startIndex - start, name, "superboxes are nested more than \(Self.deepest) levels deep")
    }
    var rest = payload
    let (first, description) = try Self.box(&rest, start, name)
    guard first == "jumd", description.count >= 18 else {
      throw Self.failure(payload.startIndex - start, name, "a superbox has no description")
    }
    uuid = Array(description.prefix(16))
    let text = description.dropFirst(17)
    let toggles = Toggles(rawValue: description[description.startIndex + 16])
    guard toggles.isSuperset(of: .named), toggles.isSubset(of: .known), let end = text.firstIndex(of: 0),
      let label = String(validating: text[..<end], as: UTF8.self)
    else { throw Self.failure(description.startIndex - start, name, "a superbox has no label") }
    self.label = label
    // An identifier, a digest and a private box, such as the salt of a hash, may follow.
    let fields = (toggles.contains(.identifier) ? 4 : 0) + (toggles.contains(.digest) ? 32 : 0)
    let more = text[end...].count - 1 - fields
    guard toggles.contains(.privateBox) ? more >= 8 : more == 0 else {
      throw Self.failure(end - start, name, "a superbox's description is not as long as its fields")
    }
    self.payload = payload
    while !rest.isEmpty {
      let (type, content) = try Self.box(&rest, start, name)
      if type == "jumb" {
        children.append(try Self(payload: content, start: start, name: name, depth: depth + 1))
      } else {
        contents.append(Content(type: type, bytes: content))
      }
    }
  }

  /// Takes a box from the front of `rest`.
  private static func box(
    _ rest: inout ArraySlice<UInt8>, _ start: Int, _ name: String
  ) throws(SigningError) -> (type: String, content: ArraySlice<UInt8>) {
    let offset = rest.startIndex - start
    guard rest.count >= 8 else {
      throw failure(offset, name, "the manifest store is truncated: a box should start here")
    }
    let words = rest.prefix(8)
    let length = words.prefix(4).reduce(0) { $0 << 8 | UInt64($1) }
    let type = String(decoding: words.suffix(4), as: UTF8.self)
    rest = rest.dropFirst(8)
    var count = length
    switch length {
    case 0: count = UInt64(rest.count)
    case 1:
      guard rest.count >= 8 else { throw failure(offset, name, "the long length of a box is truncated") }
      let long = rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(8)
      guard long >= 16 else { throw failure(offset, name, "a box has the impossible length \(long)") }
      count = long - 16
    default:
      guard length >= 8 else { throw failure(offset, name, "a box has the impossible length \(length)") }
      count = length - 8
    }
    guard count <= UInt64(rest.count) else {
      throw failure(offset, name, "a box should hold \(count) bytes, but \(rest.count) are left")
    }
    defer { rest = rest.dropFirst(Int(count)) }
    return (type, rest.prefix(Int(count)))
  }

  private static func failure(_ offset: Int, _ name: String, _ problem: String) -> SigningError {
    SigningError(.malformed, file: name, offset: offset, problem)
  }
}
