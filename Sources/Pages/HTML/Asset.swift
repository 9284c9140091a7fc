import Crypto
import Files
import Foundation
import PageAssets
import Vocabulary

/// A file that pages refer to. Its address contains its digest, so that browsers may keep it for ever.
struct Asset: Sendable {
  let name: String
  let type: String
  let bytes: [UInt8]
  /// The digest as an entity tag.
  let tag: String

  var address: String { "/assets/\(tag.prefix(12))/\(name)" }

  private init(_ name: String, type: String, _ bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.bytes = bytes
    tag = Hex.encode(SHA256.hash(data: Data(bytes)))
  }

  static let style = Asset("style.css", type: "text/css; charset=utf-8", Array(colours.utf8) + PageAssets.style)
  static let script = Asset("pages.js", type: "text/javascript; charset=utf-8", PageAssets.script)
  static let icon = Asset("icon.svg", type: "image/svg+xml", Array(drawing.utf8))

  static func named(_ name: String) -> Asset? {
    [style, script, icon].first { $0.name == name }
  }

  /// Four squares, like a contact sheet.
  private static let drawing: String = {
    let squares = zip([Emotion.amusement, .awe, .sadness, .anger], [(1, 1), (9, 1), (1, 9), (9, 9)]).map {
      emotion, place in
      "<rect x=\"\(place.0)\" y=\"\(place.1)\" width=\"6\" height=\"6\" rx=\"1\" fill=\"\(emotion.hexColour)\"/>"
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">\(squares.joined())</svg>\n"
  }()

  /// The emotions' colours as properties of the style sheet, from their one list.
  private static let colours = Emotion.allCases.map { ".e-\($0.rawValue) { --emotion: \($0.hexColour) }\n" }.joined()
}
