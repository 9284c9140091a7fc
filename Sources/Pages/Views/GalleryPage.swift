import Admin
import Farm
import Files
import Vocabulary

/// The images of a batch, page by page.
struct GalleryPage {
  static let pageSize = 120

  /// Which images are shown.
  enum Choice: Equatable {
    case all
    /// Of one dominant emotion; nil for plain text.
    case emotion(String?)

    /// - Parameter word: the emotion in an address; nil for all.
    /// - Throws: ``PageError`` (`badRequest`) for an unknown word.
    init(_ word: String?) throws(PageError) {
      switch word {
      case nil: self = .all
      case "none": self = .emotion(nil)
      case let name?:
        guard Emotion(rawValue: name) != nil else {
          throw PageError(
            .badRequest, "emotion=\(name.prefix(40)) must be none or one of \(Emotion.names.joined(separator: ", "))")
        }
        self = .emotion(name)
      }
    }

    /// As in the address; empty for all.
    var query: String {
      switch self {
      case .all: ""
      case .emotion(let name): "emotion=\(name ?? "none")"
      }
    }
  }

  let status: BatchStatus
  let emotions: [EmotionProgress]
  let choice: Choice
  let after: Int
  /// One more than a page, if there are more.
  let images: [ImageRow]

  private func address(_ choice: Choice, after: Int? = nil) -> HTML {
    let parts = [choice.query, after.map { "after=\($0)" } ?? ""].filter { !$0.isEmpty }
    return "/batches/\(status.id)/images\(parts.isEmpty ? "" : "?")\(parts.joined(separator: "&"))"
  }

  var page: HTML {
    let choices: [(Choice, HTML, Int)] =
      [(.all, "all", status.imagesDone)]
      + emotions.map { (.emotion($0.emotion), Parts.emotion($0.emotion), $0.imagesDone) }
    let filters: [HTML] = choices.map { choice, name, count in
      let current: HTML = choice == self.choice ? " aria-current=\"true\"" : ""
      return "<a href=\"\(address(choice))\"\(current)>\(name) <small>\(Measure.count(count))</small></a>"
    }
    let shown = images.prefix(Self.pageSize)
    let sheet: HTML =
      shown.isEmpty
      ? Parts.empty(after >= 0 ? "There are no more images." : "There is no such image yet.")
      : "<div class=\"sheet gallery\">\(shown.map { ImageTile.html($0) })</div>"
    let first: HTML? = after >= 0 ? "<a href=\"\(address(choice))\">First</a>" : nil
    let next: HTML? =
      images.count > Self.pageSize
      ? shown.last.map { "<a rel=\"next\" href=\"\(address(choice, after: $0.index))\">Next</a>" } : nil
    let range: HTML? = shown.first.flatMap { low in
      shown.last.map { "Images \(Measure.count(low.index)) to \(Measure.count($0.index))" }
    }
    return Layout(title: "Images of batch \(status.id)", place: .batches).page(
      """
      <h1><a href="/batches/\(status.id)">Batch \(status.id)</a> <span class="name">\(status.name)</span> Images</h1>
      <nav class="filters" aria-label="Emotions">\(filters)</nav>
      <form class="find" method="get" action="/batches/\(status.id)/images">
      <label>From image <input name="from" inputmode="numeric" pattern="[0-9]*" size="9"></label>
      <label>Seed <input name="seed" inputmode="numeric" pattern="[0-9]*" size="20"></label>
      <button>Go</button>
      </form>
      <p class="note">\(range)</p>
      \(sheet)
      <nav class="pages" aria-label="Pages of images">\(first) \(next)</nav>
      """)
  }
}
