import Admin
import Farm
import Foundation
import Training
import Vocabulary

/// The page of one training.
struct TrainingView: Sendable {
  let data: TrainingData
  let now: Date
  /// What the forms that steer it show; nil if the page is read-only.
  let secret: FormSecret?

  init(_ data: TrainingData, now: Date, secret: FormSecret?) {
    self.data = data
    self.now = now
    self.secret = secret
  }

  private var status: BatchStatus { data.status }
  private var id: Int64 { status.id }

  /// What the run's folder says; nil if it is elsewhere or cannot be read.
  private var history: RunHistory? {
    if case .success(let history) = data.history { history } else { nil }
  }

  var parts: [LivePart] {
    [
      .html("training-head", head), .html("training-figures", figures), .html("training-actions", actions),
      .html("training-curves", curves), .html("training-confusion", confusion), .html("training-samples", samples),
      .html("training-errors", errors), .html("training-events", EventRows.table(data.events, now: now)),
    ]
  }

  func page(specification: String) -> HTML {
    Layout(
      title: "Training \(id): \(TerminalText.fitted(status.name, 60))", place: .trainings, live: "/live/trainings/\(id)"
    ).page(
      """
      \(Parts.live("training-head", head))
      \(Parts.live("training-figures", figures))
      \(Parts.live("training-actions", actions))
      \(Parts.section("Curves", id: "curves", Parts.live("training-curves", curves)))
      <div class="columns">
      \(Parts.section("Confusion matrix", id: "confusion", Parts.live("training-confusion", confusion)))
      \(Parts.section("Samples", id: "samples", Parts.live("training-samples", samples)))
      </div>
      \(Parts.section("Errors", id: "errors", Parts.live("training-errors", errors)))
      \(Parts.section("What happened", id: "events", Parts.live("training-events", EventRows.table(data.events, now: now))))
      \(Parts.section("Settings", id: "spec", "<pre class=\"spec\" tabindex=\"0\">\(specification)</pre>"))
      """)
  }

  private var actions: HTML { secret.map { ActionForms.html(status, $0) } ?? .empty }

  private var head: HTML {
    let (step, steps) = (status.training?.step ?? 0, status.training?.steps ?? 0)
    return """
      <h1>Training \(id) <span class="name">\(status.name)</span> \(Parts.state(status.state.rawValue))</h1>
      <div class="total">\(Parts.bar(step, of: steps, label: "Progress of the training"))
      <strong>\(Measure.percent(step, of: steps))</strong> step \(Measure.count(step)) of \(Measure.count(steps))</div>
      """
  }

  private var figures: HTML {
    guard let training = status.training else { return .empty }
    let took = status.started.map { (status.finished ?? now).timeIntervalSince($0) }
    let worker = data.snapshot.details?.running.first
    let pieces: [HTML] = [
      Parts.figure("Stage", "\(training.stage)"),
      Parts.figure("Loss", training.loss.map { "\(Measure.figure($0))" } ?? "–"),
      Parts.figure("Steps per second", training.stepsPerSecond.map { "\(Measure.figure($0))" } ?? "–"),
      Parts.figure(
        "Time left",
        status.state == .running ? training.secondsLeft.map { "about \(Measure.duration($0))" } ?? "–" : "–"),
      Parts.figure("Took", took.map { "\(Measure.duration($0))" } ?? "–"),
      Parts.figure("Worker", worker.map { "\($0.worker)" } ?? "–", note: worker?.host),
      Parts.figure("Seed", "\(status.seed)"), Parts.figure("User", "\(status.user)"),
      Parts.figure("Out", "<span class=\"path\">\(training.out)</span>"),
      Parts.figure("Run", "<span class=\"path\">\(data.folder ?? "–")</span>"),
    ]
    let waits: HTML? = status.waitsFor.map { "<p class=\"warn\">Waits \($0).</p>" }
    return "<dl class=\"figures\">\(pieces)</dl>\(waits)"
  }

  /// Why there is nothing of the run's folder.
  private var missing: HTML {
    if case .failure(let error) = data.history {
      return "<p class=\"problem\">The run's folder cannot be read: \(PageError.text(error))</p>"
    }
    if status.started == nil { return Parts.empty("The training has not begun.") }
    return Parts.empty(
      "The run's folder is not on this machine: its curves are in index.html beside it, where the worker trains.")
  }

  private var curves: HTML {
    guard let history, !history.steps.isEmpty else { return missing }
    let steps = max(1, status.training?.steps ?? 1)
    let drawn: [HTML] = TrainingCurve.all(of: history.steps).compactMap { HTML.curve($0, steps: steps) }
    return "<div class=\"curves\">\(drawn)</div>"
  }

  private var confusion: HTML {
    guard let history else { return missing }
    guard let (step, matrix) = history.confusion else {
      return Parts.empty("This stage classifies nothing, or was not evaluated yet.")
    }
    let rows: [[HTML]] = zip(matrix.classes.indices, matrix.classes).map { label, name in
      let counts = matrix.counts.indices.contains(label) ? matrix.counts[label] : []
      let all = counts.reduce(0, +)
      let right = counts.indices.contains(label) ? counts[label] : 0
      let cells: [HTML] = counts.enumerated().map { index, count in
        index == label
          ? "<strong>\(Measure.count(count))</strong>" : "\(count == 0 ? "·" : Measure.count(count))"
      }
      return [
        Parts.emotion(name), Parts.bar(right, of: all, label: "Right of \(name)", emotion: name),
        all == 0 ? "–" : "\(Measure.percent(right, of: all))",
      ] + cells
    }
    return """
      \(Parts.table("Confusion matrix", columns: ["Class", "", "#Right"] + matrix.classes.map { "#\($0)" }, rows: rows))
      <p class="note">Rows are the labels of held-out images, columns what they were classified as, after step \(Measure.count(step)).</p>
      """
  }

  private static let shownSamples = 6

  private var samples: HTML {
    guard let history else { return missing }
    guard !history.samples.isEmpty else { return Parts.empty("No samples yet.") }
    let figures: [HTML] = TrainingPage.thinned(history.samples, to: Self.shownSamples).map { step in
      """
      <figure><img src="/trainings/\(id)/samples/\(step).png" alt="Samples after step \(step)" decoding="async"><figcaption>step \(Measure.count(step))</figcaption></figure>
      """
    }
    return "<div class=\"samples\">\(figures)</div>"
  }

  private var errors: HTML {
    let errors = (data.snapshot.details?.stopped ?? []).flatMap(\.errors)
    guard !errors.isEmpty else { return Parts.empty("No attempt failed for good.") }
    let pieces: [HTML] = errors.map { "<div class=\"error\">\(TerminalText.fitted($0, 2000))</div>" }
    return "\(pieces)<p class=\"note\">Queue it again with \(Parts.command("emofarm retry \(id)")).</p>"
  }
}
