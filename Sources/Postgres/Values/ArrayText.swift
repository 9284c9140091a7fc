/// The text form of one-dimensional arrays: `{1,2,NULL}`, `{"a b","say \"hi\""}`.
enum ArrayText {
  /// Every element is quoted, which is always valid and avoids the rules for when quotes may be omitted.
  static func encode(_ elements: [String?]) -> String {
    var text = "{"
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      guard let element else {
        text += "NULL"
        continue
      }
      text += "\""
      for scalar in element.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { text += "\\" }
        text.unicodeScalars.append(scalar)
      }
      text += "\""
    }
    return text + "}"
  }

  /// The elements; nil if the text is not a one-dimensional array with lower bound 1.
  static func decode(_ text: String) -> [String?]? {
    var input = Array(text.utf8)[...]
    guard input.popFirst() == UInt8(ascii: "{"), input.popLast() == UInt8(ascii: "}") else { return nil }
    if input.isEmpty { return [] }
    var elements: [String?] = []
    while true {
      guard let element = element(&input) else { return nil }
      elements.append(element)
      guard let separator = input.popFirst() else { return elements }
      guard separator == UInt8(ascii: ",") else { return nil }
    }
  }

  /// Removes the first element from the front. The outer optional signals failure, the inner one NULL.
  private static func element(_ input: inout ArraySlice<UInt8>) -> String?? {
    var bytes: [UInt8] = []
    guard input.first == UInt8(ascii: "\"") else {
      while let byte = input.first, byte != UInt8(ascii: ",") {
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "\"") { return nil }
        bytes.append(byte)
        input.removeFirst()
      }
      let word = String(decoding: bytes, as: UTF8.self)
      if word.isEmpty { return nil }
      return .some(word.uppercased() == "NULL" ? nil : word)
    }
    input.removeFirst()
    while let byte = input.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return .some(String(decoding: bytes, as: UTF8.self))
      case UInt8(ascii: "\\"):
        guard let escaped = input.popFirst() else { return nil }
        bytes.append(escaped)
      default: bytes.append(byte)
      }
    }
    return nil
  }
}
