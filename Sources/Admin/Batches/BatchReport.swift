import Farm
package import Foundation
import Vocabulary

/// A batch as lines of text.
package struct BatchReport {
  private let snapshot: BatchSnapshot
  private var status: BatchStatus { snapshot.status }
  private let paint: Paint
  private let now: Date
  /// Columns of the terminal.
  private let width: Int

  package init(_ snapshot: BatchSnapshot, paint: Paint, now: Date, width: Int = 100) {
    self.snapshot = snapshot
    self.paint = paint
    self.now = now
    self.width = max(40, width)
  }

  /// The lines of `status BATCH`: facts, emotions, running jobs and quarantined jobs.
  package func full() -> [String] {
    var lines = [heading()]
    func add(_ label: String, _ text: String) { lines.append(TerminalText.padded(label, 9) + text) }
    if let training = status.training {
      add("Training", "\(TerminalText.safe(training.stage)), \(progress())\(pace())")
      add("Out", TerminalText.safe(training.out))
    } else {
      add("Images", "\(progress())\(pace())")
    }
    add("Jobs", jobs(Measure.count(status.jobs.total)))
    if let model = status.model {
      add("Model", "\(TerminalText.safe(model)), seed \(status.seed), priority \(status.priority)")
    } else {
      add("Seed", "\(status.seed), priority \(status.priority)")
    }
    add("User", TerminalText.safe(status.user))
    if let key = status.key { add("Key", TerminalText.safe(key)) }
    if !status.labels.isEmpty { add("Requires", TerminalText.safe(status.labels.joined(separator: ", "))) }
    if let classifiers = status.classifiers { add("Measures", "with classifiers \(Measure.digest(classifiers))…") }
    if let acceptance = status.acceptance { add("Rejects", rejects(acceptance)) }
    add("Times", times())
    if let waits = status.waitsFor { add("Waits", paint.yellow(TerminalText.safe(waits))) }
    for (reason, jobs) in (snapshot.details?.waits ?? [:]).sorted(by: { $0.key < $1.key }) {
      add("Waits", paint.yellow("\(Measure.count(jobs, "job")): \(TerminalText.safe(reason))"))
    }
    if let details = snapshot.details {
      if !details.emotions.isEmpty { lines += [""] + emotions(details) }
      lines += section("Running", details.running.map(running))
      lines += section("Quarantined", details.stopped.flatMap(stopped))
      if status.jobs.failed > 0 { lines += ["", "Queue them again with: emofarm retry \(status.id)"] }
    }
    return lines
  }

  /// The live view of `watch BATCH`: bars, the total and running jobs.
  package func live(height: Int) -> [String] {
    var lines = [heading()]
    guard let details = snapshot.details else { return lines }
    lines += emotions(details)
    lines.append(status.training.map(total) ?? total())
    let room = max(1, height - lines.count - 2)
    lines += details.running.prefix(room).map { "  " + running($0) }
    if details.running.count > room {
      lines.append("  … and \(Measure.count(details.running.count - room, "more job"))")
    }
    if status.jobs.failed > 0 {
      lines.append(paint.red(Measure.count(status.jobs.failed, "job") + " quarantined: emofarm status \(status.id)"))
    }
    return lines
  }

  /// One line for logs and pipes.
  package func line() -> String {
    "batch \(status.id) \(status.state.rawValue): \(progress())\(pace()); \(jobs(Measure.count(status.jobs.total, "job")))"
  }

  private func heading() -> String {
    let name = TerminalText.fitted(TerminalText.safe(status.name), width - 30)
    return "\(paint.bold("Batch \(status.id)"))  \(name)  \(state())"
  }

  private func state() -> String {
    let text = status.state.rawValue
    return switch status.state {
    case .done: paint.green(text)
    case .failed: paint.red(text)
    case .paused, .cancelling, .cancelled: paint.yellow(text)
    case .queued, .running: paint.bold(text)
    }
  }

  private func progress() -> String {
    if let training = status.training {
      let loss = training.loss.map { ", loss \(Measure.figure($0))" } ?? ""
      return "step \(Measure.count(training.step)) of \(Measure.count(training.steps)) "
        + "(\(Measure.percent(training.step, of: training.steps)))\(loss)"
    }
    return "\(Measure.count(status.imagesDone)) of \(Measure.count(status.images, "image")) "
      + "(\(Measure.percent(status.imagesDone, of: status.images)))"
  }

  private func pace() -> String {
    guard let details = snapshot.details, !status.isFinished else { return "" }
    let left = snapshot.secondsLeft.map { ", about \(Measure.duration($0)) left" } ?? ""
    if let rate = status.training?.stepsPerSecond { return ", \(Measure.rate(rate, "steps"))\(left)" }
    guard let rate = details.rate, rate > 0 else { return "" }
    return ", \(Measure.rate(rate))\(left)"
  }

  private func jobs(_ total: String) -> String {
    let jobs = status.jobs
    let parts = [
      (jobs.done, "done"), (jobs.running, "running"), (jobs.ready, "ready"), (jobs.failed, "quarantined"),
      (jobs.cancelled, "cancelled"),
    ].filter { $0.0 > 0 }.map { "\(Measure.count($0.0)) \($0.1)" }
    return "\(total): \(parts.joined(separator: ", "))"
  }

  private func times() -> String {
    var parts = ["created \(Measure.age(status.created, now: now))"]
    if let started = status.started { parts.append("started \(Measure.age(started, now: now))") }
    if let finished = status.finished {
      let took = status.started.map { " after \(Measure.duration(finished.timeIntervalSince($0)))" } ?? ""
      parts.append("finished \(Measure.age(finished, now: now))\(took)")
    }
    return parts.joined(separator: ", ")
  }

  private func emotions(_ details: BatchSnapshot.Details) -> [String] {
    let rows = details.emotions
    let digits = rows.map { Measure.count($0.images).count }.max() ?? 1
    return rows.map { row in
      let counts =
        TerminalText.padded(Measure.count(row.imagesDone), digits, right: true) + "/" + Measure.count(row.images)
      let lost = row.imagesFailed > 0 ? paint.red("  \(Measure.count(row.imagesFailed)) quarantined") : ""
      return
        "\(TerminalText.padded(row.emotion ?? "(plain text)", 13)) \(bar(row.imagesDone, row.images)) \(counts)\(accuracy(row.emotion))\(lost)"
    }
  }

  /// How many images the batch did not accept, why, and what that leaves it without.
  private func rejects(_ acceptance: Acceptance) -> String {
    guard let rejects = snapshot.details?.rejects else { return "none yet" }
    let reasons = Acceptance.Criterion.allCases.compactMap { criterion in
      rejects.byCriterion[criterion].map { "\(Measure.count($0)) \(criterion.rawValue)" }
    }
    var text = Measure.count(rejects.images, "image")
    if !reasons.isEmpty { text += ": \(reasons.joined(separator: ", "))" }
    guard rejects.exhausted > 0 else { return text }
    return text
      + paint.yellow(
        "; \(Measure.count(rejects.exhausted, "image")) \(rejects.exhausted == 1 ? "is" : "are") missing after "
          + "\(Measure.count(acceptance.tries)) tries each")
  }

  /// The share of the images of an emotion that the batch's classifier recognises.
  private func accuracy(_ emotion: String?) -> String {
    guard let (measured, right) = snapshot.accuracy(emotion), measured > 0 else { return "" }
    return "  Emo-A \(Measure.percent(right, of: measured))"
  }

  private func total() -> String {
    paint.bold(TerminalText.padded("total", 13))
      + " \(bar(status.imagesDone, status.images)) \(Measure.count(status.imagesDone))/\(Measure.count(status.images))\(pace())"
  }

  private func total(_ training: TrainingStatus) -> String {
    paint.bold(TerminalText.padded(TerminalText.safe(training.stage), 13))
      + " \(bar(training.step, training.steps)) \(progress())\(pace())"
  }

  private func bar(_ part: Int, _ whole: Int) -> String {
    paint.bar(part, of: whole, width: max(10, min(40, width - 60)))
  }

  private func running(_ row: RunningJob) -> String {
    var text = "job \(row.job), \(range(row.firstIndex, row.count)): \(row.imagesDone) done"
    if row.count == 0 { text = "job \(row.job)" }
    if let index = row.currentIndex {
      text += ", image \(index)"
      if let step = row.step, let steps = row.steps { text += " at step \(step) of \(steps)" }
    }
    let lease = row.leaseExpires.timeIntervalSince(now)
    text += ", worker \(row.worker)\(row.host.map { " on \(TerminalText.safe($0))" } ?? "")"
    if row.attempt > 1 { text += ", attempt \(row.attempt)" }
    return text + (lease < 0 ? ", lease ran out \(Measure.duration(-lease)) ago" : "")
  }

  private func stopped(_ row: StoppedJob) -> [String] {
    let images = row.count == 0 ? "" : ", \(range(row.firstIndex, row.count)): \(row.imagesDone) done"
    return ["job \(row.job)\(images), \(Measure.count(row.attempt, "attempt"))"]
      + Self.counted(row.errors).map { "  " + TerminalText.safe($0) }
  }

  private func range(_ first: Int, _ count: Int) -> String {
    count == 1 ? "image \(first)" : "images \(first)-\(first + count - 1)"
  }

  private func section(_ title: String, _ rows: [String]) -> [String] {
    rows.isEmpty ? [] : ["", title] + rows.map { "  " + $0 }
  }

  /// Errors in order; a repeated error appears once with its count.
  private static func counted(_ errors: [String]) -> [String] {
    var seen: [(text: String, count: Int)] = []
    for error in errors {
      if let index = seen.firstIndex(where: { $0.text == error }) {
        seen[index].count += 1
      } else {
        seen.append((error, 1))
      }
    }
    return seen.map { $0.count > 1 ? "\($0.text) (\($0.count) times)" : $0.text }
  }
}
