import Admin
import Farm
import Foundation
import Scoring
import Vocabulary

/// Two batches side by side on the same seeds.
struct ComparePage {
  static let pageSize = 60

  let left: BatchStatus
  let right: BatchStatus
  /// The emotions of both, in the order of the left one.
  let emotions: [(left: EmotionProgress, right: EmotionProgress?)]
  /// How often the classifiers recognised each emotion, by the one that was asked for; nil where nothing is measured.
  let recognised: (left: [Emotion: [Int]]?, right: [Emotion: [Int]]?)
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
      \(accuracies)
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

  /// Emo-A of both by emotion, with the interval of their difference.
  private var accuracies: HTML? {
    guard let left = recognised.left, let right = recognised.right else { return nil }
    let asked = Emotion.allCases.filter { left[$0] != nil && right[$0] != nil }
    guard !asked.isEmpty else { return nil }
    func counts(_ counts: [Emotion: [Int]], _ emotion: Emotion) -> (right: Int, all: Int) {
      let row = counts[emotion] ?? []
      return (row.indices.contains(emotion.index) ? row[emotion.index] : 0, row.reduce(0, +))
    }
    func row(_ label: HTML, _ one: (right: Int, all: Int), _ other: (right: Int, all: Int)) -> [HTML] {
      let (left, right) = (Estimate(one.right, of: one.all), Estimate(other.right, of: other.all))
      let difference = Estimate(left, minus: right)
      // A difference whose interval is on one side of 0 is more than chance at this level.
      let isClear = difference.low.map { $0 > 0 } ?? false || difference.high.map { $0 < 0 } ?? false
      let text = Self.points(difference)
      return [
        label, Self.share(left, one.all), Self.share(right, other.all), isClear ? "<strong>\(text)</strong>" : text,
      ]
    }
    let pairs = asked.map { ($0, counts(left, $0), counts(right, $0)) }
    let total = pairs.reduce(((0, 0), (0, 0))) { sum, pair in
      ((sum.0.0 + pair.1.right, sum.0.1 + pair.1.all), (sum.1.0 + pair.2.right, sum.1.1 + pair.2.all))
    }
    let rows = pairs.map { row(Parts.emotion($0.rawValue), $1, $2) } + [row("together", total.0, total.1)]
    return Parts.section(
      "What the classifiers recognise", id: "accuracies",
      """
      \(Parts.table(
        "Emo-A of both batches", columns: ["Asked for", "#Batch \(self.left.id)", "#Batch \(self.right.id)", "#Difference (95 % interval)"],
        rows: rows))
      <p class="note">Emo-A in percent, the difference in points. Wilson's intervals, and Newcombe's of the difference; one without 0 is
      bold. \(self.left.classifiers == self.right.classifiers ? "" : "The batches were measured by different classifiers.")</p>
      """)
  }

  private static func share(_ estimate: Estimate, _ images: Int) -> HTML {
    guard let low = estimate.low, let high = estimate.high else { return "\(percent(estimate.value)) of \(images)" }
    return
      "\(percent(estimate.value)) <span class=\"dim\">[\(percent(low)), \(percent(high))] of \(Measure.count(images))</span>"
  }

  private static func points(_ difference: Estimate) -> HTML {
    func signed(_ value: Double) -> String { String(format: "%+.1f", value * 100) }
    guard let low = difference.low, let high = difference.high else { return "\(signed(difference.value))" }
    return "\(signed(difference.value)) [\(signed(low)), \(signed(high))]"
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f", share * 100) }

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
    let link: HTML? = pair.right.map { right in
      """
      <a href="/compare/images?images=\(pair.left.batch):\(pair.left.index),\(right.batch):\(right.index)" aria-label="Lay the images with seed \(pair.left.seed) over each other">large</a>
      """
    }
    return """
      <figure class="pair"><div>\(ImageTile.html(pair.left))\(other)</div>
      <figcaption>seed \(pair.left.seed) \(verdict) \(link)</figcaption></figure>
      """
  }
}
