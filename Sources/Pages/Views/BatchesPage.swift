import Admin
import Farm
import Foundation

/// All batches, page by page.
struct BatchesPage {
  static let pageSize = 50

  /// What the filter shows.
  enum Filter: String, CaseIterable {
    case all, open, running, paused, done, failed, cancelled

    var states: [BatchState]? {
      switch self {
      case .all: nil
      case .open: PageData.openStates
      case .running: [.running]
      case .paused: [.paused]
      case .done: [.done]
      case .failed: [.failed]
      case .cancelled: [.cancelling, .cancelled]
      }
    }
  }

  let filter: Filter
  /// One more than a page, if there are more.
  let batches: [BatchStatus]
  let rates: [Int64: Double]
  let isFirst: Bool
  let now: Date

  var page: HTML {
    let filters: [HTML] = Filter.allCases.map { filter in
      let current: HTML = filter == self.filter ? " aria-current=\"true\"" : ""
      return "<a href=\"/batches?state=\(filter.rawValue)\"\(current)>\(filter.rawValue)</a>"
    }
    let shown = batches.prefix(Self.pageSize)
    let rows = shown.map { BatchRows.row($0, rate: rates[$0.id], now: now) }
    let list: HTML =
      rows.isEmpty
      ? Parts.empty(
        isFirst
          ? "There is no such batch. Make one with \(Parts.command("emofarm enqueue --emotion all --count 10"))."
          : "There are no more.")
      : BatchRows.table(rows)
    let first: HTML? = isFirst ? nil : "<a href=\"/batches?state=\(filter.rawValue)\">Newest</a>"
    let next: HTML? =
      batches.count > Self.pageSize
      ? shown.last.map { "<a rel=\"next\" href=\"/batches?state=\(filter.rawValue)&amp;before=\($0.id)\">Older</a>" }
      : nil
    return Layout(title: "Batches", place: .batches).page(
      """
      <h1>Batches <a class="button" href="/batches/new">New batch</a></h1>
      <nav class="filters" aria-label="States">\(filters)</nav>
      \(list)
      <nav class="pages" aria-label="Pages of batches">\(first) \(next)</nav>
      """)
  }
}
