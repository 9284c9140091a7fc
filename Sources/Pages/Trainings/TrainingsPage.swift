import Admin
import Farm
import Foundation

/// All trainings, page by page.
struct TrainingsPage {
  static let pageSize = 50

  /// One more than a page, if there are more.
  let trainings: [BatchStatus]
  let isFirst: Bool
  let now: Date

  var page: HTML {
    let shown = trainings.prefix(Self.pageSize)
    let rows: [[HTML]] = shown.compactMap { status in
      guard let training = status.training else { return nil }
      let left = status.state == .running ? training.secondsLeft.map { Measure.duration($0) } : nil
      return [
        "<a href=\"/trainings/\(status.id)\">\(status.id)</a>", Parts.state(status.state.rawValue), "\(training.stage)",
        "<a class=\"name\" href=\"/trainings/\(status.id)\">\(TerminalText.fitted(status.name, 80))</a>",
        Parts.bar(training.step, of: training.steps, label: "Progress of training \(status.id)"),
        "\(Measure.count(training.step)) / \(Measure.count(training.steps))",
        training.loss.map { "\(Measure.figure($0))" } ?? "–", "\(left ?? "–")",
        "\(TerminalText.fitted(status.user, 20))", Parts.time(status.created, now: now),
      ]
    }
    let list: HTML =
      rows.isEmpty
      ? Parts.empty(
        isFirst
          ? "No training yet. A specification with \(Parts.command("training:")) is one: \(Parts.command("emofarm enqueue FILE"))."
          : "There are no more.")
      : Parts.table(
        "Trainings",
        columns: ["Batch", "State", "Stage", "Name", "Progress", "#Steps", "#Loss", "Time left", "User", "Created"],
        rows: rows)
    let first: HTML? = isFirst ? nil : "<a href=\"/trainings\">Newest</a>"
    let next: HTML? =
      trainings.count > Self.pageSize
      ? shown.last.map { "<a rel=\"next\" href=\"/trainings?before=\($0.id)\">Older</a>" } : nil
    return Layout(title: "Trainings", place: .trainings).page(
      """
      <h1>Trainings</h1>
      \(list)
      <nav class="pages" aria-label="Pages of trainings">\(first) \(next)</nav>
      """)
  }
}
