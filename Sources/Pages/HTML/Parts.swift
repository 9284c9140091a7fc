import Admin
import Farm
import Foundation
import Vocabulary

/// Small pieces that several pages use.
enum Parts {
  /// The name of an emotion with its colour; "plain text" without an emotion.
  static func emotion(_ name: String?) -> HTML {
    guard let name else { return "<span class=\"emotion\">plain text</span>" }
    return "<span class=\"emotion\(colourClass(name))\">\(name)</span>"
  }

  /// The class of an emotion's colour, with a space before it; empty for any other word.
  static func colourClass(_ name: String?) -> HTML {
    guard let emotion = name.flatMap(Emotion.init(rawValue:)) else { return "" }
    return " e-\(emotion.rawValue)"
  }

  static func state(_ word: String) -> HTML { "<span class=\"state s-\(word)\">\(word)</span>" }

  /// A bar whose value is also text beside it.
  static func bar(_ part: Int, of whole: Int, label: String, emotion: String? = nil) -> HTML {
    let share = Measure.percent(part, of: whole)
    return
      "<progress class=\"bar\(colourClass(emotion))\" max=\"\(max(1, whole))\" value=\"\(max(0, min(part, whole)))\" aria-label=\"\(label)\">\(share)</progress>"
  }

  /// A labelled figure.
  static func figure(_ label: String, _ value: HTML, note: String? = nil, isBad: Bool = false) -> HTML {
    let small: HTML? = note.map { "<small>\($0)</small>" }
    return "<div class=\"figure\(isBad ? " bad" : "")\"><dt>\(label)</dt><dd>\(value)\(small)</dd></div>"
  }

  static func section(_ title: String, id: String, _ content: HTML, note: HTML? = nil) -> HTML {
    "<section aria-labelledby=\"\(id)-title\"><h2 id=\"\(id)-title\">\(title)\(note)</h2>\(content)</section>"
  }

  /// A part of a page that events replace.
  static func live(_ id: String, _ content: HTML) -> HTML { "<div id=\"\(id)\" class=\"part\">\(content)</div>" }

  static func empty(_ text: HTML) -> HTML { "<p class=\"empty\">\(text)</p>" }

  static func command(_ text: String) -> HTML { "<code class=\"command\">\(text)</code>" }

  static func time(_ date: Date?, now: Date) -> HTML {
    guard let date else { return "–" }
    return
      "<time datetime=\"\(date.formatted(.iso8601))\" title=\"\(Measure.time(date))\">\(Measure.age(date, now: now))</time>"
  }

  static func batchLink(_ id: Int64) -> HTML { "<a href=\"/batches/\(id)\">\(id)</a>" }

  /// A table that scrolls sideways on narrow screens.
  ///
  /// - Parameter columns: the headings; those with a leading `#` are of numbers.
  static func table(_ caption: String, columns: [String], rows: [[HTML]]) -> HTML {
    let numbers = columns.map { $0.hasPrefix("#") }
    let heads: [HTML] = columns.map { name in
      name.hasPrefix("#")
        ? "<th scope=\"col\" class=\"n\">\(name.dropFirst())</th>" : "<th scope=\"col\">\(name)</th>"
    }
    let body: [HTML] = rows.map { row in
      let cells: [HTML] = zip(row, numbers).map { cell, isNumber in
        isNumber ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
      }
      return "<tr>\(cells)</tr>\n"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
      <caption class="hidden">\(caption)</caption>
      <thead><tr>\(heads)</tr></thead>
      <tbody>\(body)</tbody>
      </table></div>
      """
  }
}
