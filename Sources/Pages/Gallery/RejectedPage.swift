import Admin
import Farm

/// What became of images that somebody rejected.
struct RejectedPage {
  let batch: Int64
  let chosen: Int
  let taken: RepairReport.TakenBack

  var page: HTML {
    let busy = taken.running + taken.stopped
    let left = max(0, chosen - taken.images - busy)
    var lines: [HTML] = [
      "<p>\(Measure.count(taken.images, "image")) rejected: workers try the next seeds of \(taken.images == 1 ? "its index" : "their indices").</p>"
    ]
    if busy > 0 {
      lines.append(
        "<p class=\"warn\">\(Measure.count(busy, "image")) left alone: a job of theirs is running, quarantined or cancelled.</p>"
      )
    }
    if left > 0 {
      lines.append(
        "<p class=\"warn\">\(Measure.count(left, "image")) left alone: no try is left, or another image is there by now.</p>"
      )
    }
    return Layout(title: "Rejected by hand", place: .batches).page(
      """
      <h1>Rejected by hand</h1>
      \(lines)
      <p><a href="/batches/\(batch)">Batch \(batch)</a>, <a href="/batches/\(batch)/images?order=rejected">its rejected images</a></p>
      """)
  }
}
