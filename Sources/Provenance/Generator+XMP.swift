extension ProvenanceRecord.Generator {
  /// How a picture came about, in IPTC's words.
  package enum Source: String, Sendable {
    case trained = "trainedAlgorithmicMedia"
    /// Drawn by a program that learnt from nothing.
    case drawn = "algorithmicMedia"
  }

  /// XMP that marks a picture as made by a program: `Iptc4xmpExt:DigitalSourceType` of IPTC's photo metadata standard.
  ///
  /// - Parameters:
  ///   - iptc: further properties of that standard, in order.
  ///   - own: properties under the prefix `emofarm`, in order.
  package func xmp(
    iptc: [(name: String, text: String)] = [], _ own: [(name: String, text: String)] = [], source: Source = .trained
  ) -> String {
    let space = own.isEmpty ? "" : "\n  xmlns:emofarm=\"\(XMPText.namespace)\""
    let properties =
      iptc.map { "\n  Iptc4xmpExt:\($0.name)=\"\(XMPText.escaped($0.text))\"" }.joined()
      + own.map { "\n  emofarm:\($0.name)=\"\(XMPText.escaped($0.text))\"" }.joined()
    return """
      <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
      <x:xmpmeta xmlns:x="adobe:ns:meta/">
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\(space)
        xmp:CreatorTool="\(XMPText.escaped("\(name) \(version)"))"
        Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/\(source.rawValue)"\(properties)/>
      </rdf:RDF>
      </x:xmpmeta>
      <?xpacket end="r"?>
      """
  }
}

/// Values of properties in an XMP packet.
package enum XMPText {
  /// Of the properties that this program writes.
  static let namespace = "urn:emofarm:provenance:1:"

  /// The text as the value of an attribute.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "\0"..<" ": " "
      // No characters of XML's.
      case "\u{FFFE}", "\u{FFFF}": "&#\(scalar.value);"
      default: String(scalar)
      }
    }.joined()
  }

  /// The value of this program's property in a packet, as an attribute or, as some programs write it again, an element;
  /// nil if it is not there.
  package static func value(_ name: String, in packet: String) -> String? {
    let bytes = Array(packet.utf8)
    for (before, after) in [
      ("emofarm:\(name)=\"", "\""), ("emofarm:\(name)='", "'"), ("<emofarm:\(name)>", "</emofarm:\(name)>"),
    ] {
      guard let start = bytes.firstRange(of: Array(before.utf8))?.upperBound,
        let end = bytes[start...].firstRange(of: Array(after.utf8))?.lowerBound
      else { continue }
      return unescaped(String(decoding: bytes[start..<end], as: UTF8.self))
    }
    return nil
  }

  private static func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    let names = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
      result += rest[..<start]
      let name = rest[rest.index(after: start)..<end]
      let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
      let scalar = name.hasPrefix("#") ? number.flatMap(Unicode.Scalar.init) : nil
      result += names[String(name)] ?? scalar.map { String($0) } ?? "&\(name);"
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
