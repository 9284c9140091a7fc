/// A named text inside a PNG.
package struct PNGText: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Codable {
    /// A tEXt chunk: Latin-1.
    case latin1
    /// An uncompressed iTXt chunk: UTF-8, without a language.
    case international
  }

  /// 1–79 Latin-1 characters.
  package let keyword: String
  package let text: String
  package let kind: Kind

  package init(keyword: String, text: String, kind: Kind) {
    self.keyword = keyword
    self.text = text
    self.kind = kind
  }

  /// A Latin-1 text if `text` allows it (line feeds are its only control characters), else an international one.
  package init(keyword: String, text: String) {
    let plain = text.unicodeScalars.allSatisfy {
      $0 == "\n" || (32...126).contains($0.value) || (160...255).contains($0.value)
    }
    self.init(keyword: keyword, text: text, kind: plain ? .latin1 : .international)
  }
}
