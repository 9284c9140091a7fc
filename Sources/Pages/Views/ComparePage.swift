import Admin
import Farm
import Foundation

/// Two batches side by side on the same seeds.
struct ComparePage {
  static let pageSize = 60

  let left: BatchStatus
  let right: BatchStatus
  /// The emotions of both, in the order of the left one.
  let emotions: [(left: EmotionProgress, right: EmotionProgress?)]
  /// Images of the left batch, and those with the same seeds of the right one. One more than a page, if there are more.
  let pairs: [(left: ImageRow, right: ImageRow?)]
  let after: Int

  private func address(after: Int? = nil) -> HTML {
    let place: HTML? = after.map { "&amp;after=\($0)" }
    return "/compare?left=\(left.id)&amp;right=\(right.id)\(place)"
  }

  var page: HTML {
    let shown = pairs.prefix(Self.pageSize)
    let first: HTML? = after >= 0 ? "<a href=\"\(address())\">First</a>" : nil
    let next: HTML? =
      pairs.count > Self.pageSize
      ? shown.last.map { "<a rel=\"next\" href=\"\(address(after: $0.left.index))\">Next</a>" } : nil
    let sheet: HTML =
      shown.isEmpty
      ? Parts.empty("Batch \(left.id) has no \(after >= 0 ? "further " : "")image yet.")
      : "<div class=\"pairs\">\(shown.map(Self.pair))</div>"
    return Layout(title: "Batches \(left.id) and \(right.id)", place: .batches).page(
      """
      <h1>Compare \(Self.name(left)) with \(Self.name(right))</h1>
      \(Parts.section("Both batches", id: "both", facts))
      \(sheet)
      <nav class="pages" aria-label="Pages of pairs">\(first) \(next)
      <a href="/compare?left=\(right.id)&amp;right=\(left.id)">Swap</a></nav>
      """)
  }

  /// A form that asks for the other batch.
  static func form(_ batch: Int64) -> HTML {
    """
    <form class="find" method="get" action="/compare"><input type="hidden" name="left" value="\(batch)">
    <label>Compare with batch <input name="right" inputmode="numeric" pattern="[0-9]*" size="8" required></label>
    <button>Compare</button></form>
    """
  }

  private static func name(_ status: BatchStatus) -> HTML {
    "<a href=\"/batches/\(status.id)\">batch \(status.id)</a> <span class=\"name\">\(TerminalText.fitted(status.name, 60))</span>"
  }

  private var facts: HTML {
    func row(_ label: HTML, _ value: (BatchStatus) -> String) -> [HTML] {
      let (one, other) = (value(left), value(right))
      let mark: HTML = one == other ? "" : " class=\"differs\""
      return [label, "<span\(mark)>\(one)</span>", "<span\(mark)>\(other)</span>"]
    }
    var rows = [
      row("State") { $0.state.rawValue }, row("Model") { $0.model ?? "–" }, row("Seed") { "\($0.seed)" },
      row("Images") { "\(Measure.count($0.imagesDone)) of \(Measure.count($0.images))" },
      row("Jobs quarantined") { Measure.count($0.jobs.failed) },
      row("Took") { status in
        status.started.map { Measure.duration((status.finished ?? Date()).timeIntervalSince($0)) } ?? "–"
      },
    ]
    for (one, other) in emotions {
      rows.append([
        Parts.emotion(one.emotion), "\(Measure.count(one.imagesDone)) of \(Measure.count(one.images))",
        other.map { "\(Measure.count($0.imagesDone)) of \(Measure.count($0.images))" } ?? "–",
      ])
    }
    return Parts.table(
      "Both batches", columns: ["", "Batch \(left.id)", "Batch \(right.id)"], rows: rows)
  }

  private static func pair(_ pair: (left: ImageRow, right: ImageRow?)) -> HTML {
    let other: HTML =
      pair.right.map { ImageTile.html($0) } ?? "<span class=\"tile none\">no image with this seed</span>"
    let verdict: HTML
    switch pair.right {
    case nil: verdict = ""
    case let right? where right.rgbSHA256 == pair.left.rgbSHA256: verdict = "<small>same pixels</small>"
    case let right? where right.subject != pair.left.subject: verdict = "<small class=\"warn\">another subject</small>"
    default: verdict = ""
    }
    return """
      <figure class="pair"><div>\(ImageTile.html(pair.left))\(other)</div>
      <figcaption>seed \(pair.left.seed) \(verdict)</figcaption></figure>
      """
  }
}
