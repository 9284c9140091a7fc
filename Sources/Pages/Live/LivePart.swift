import Files

/// A part of a page that events keep up to date.
enum LivePart: Sendable {
  /// The content of the element with an id.
  case html(String, HTML)
  /// The children of the element with an id, newest first. Equal keys mean equal content: a child whose key is known
  /// stays as it is, so that pictures do not flicker, and is not sent again.
  case tiles(String, [(key: String, html: HTML)])
  /// A document for programs: the name of its event and its JSON on one line.
  case document(String, String)

  var id: String {
    switch self {
    case .html(let id, _), .tiles(let id, _), .document(let id, _): id
    }
  }

  /// The keys of its children; empty for a part without.
  var keys: Set<String> {
    if case .tiles(_, let tiles) = self { Set(tiles.map(\.key)) } else { [] }
  }

  /// The event as the stream carries it. Children that the viewer has are named by their keys alone.
  func event(knowing known: Set<String> = []) -> String {
    switch self {
    case .html(let id, let html):
      return "event: part\ndata: {\"id\":\(Self.quoted(id)),\"html\":\(Self.quoted(html.text))}\n\n"
    case .document(let name, let json):
      return "event: \(name)\ndata: \(json)\n\n"
    case .tiles(let id, let tiles):
      let list = tiles.map { key, html in
        known.contains(key)
          ? "{\"key\":\(Self.quoted(key))}" : "{\"key\":\(Self.quoted(key)),\"html\":\(Self.quoted(html.text))}"
      }
      return "event: tiles\ndata: {\"id\":\(Self.quoted(id)),\"tiles\":[\(list.joined(separator: ","))]}\n\n"
    }
  }

  static func quoted(_ text: String) -> String { JSONString.quoted(text, .line) }
}
