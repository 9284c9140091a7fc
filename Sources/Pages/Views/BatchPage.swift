import Admin
import Farm
import Foundation
import Scoring
import Specifications
import Vocabulary

/// The page of one batch.
struct BatchPage: Sendable {
  let view: BatchView
  let now: Date
  /// What the forms that steer the batch show; nil if the page is read-only.
  var secret: FormSecret?

  private var status: BatchStatus { view.status }
  private var id: Int64 { status.id }

  var parts: [LivePart] {
    [
      .html("batch-head", head), .html("batch-figures", figures),
      .html("batch-actions", actions), .tiles("batch-sheet", tiles),
      .html("batch-emotions", emotions), .html("batch-measured", measured), .html("batch-rejects", rejects),
      .html("batch-timeline", timeline), .html("batch-running", running),
      .html("batch-stopped", stopped),
      .html("batch-events", events),
    ]
  }

  /// - Parameter cells: the first cells.
  func page(cells: [CellProgress], specification: String) -> HTML {
    let sheet: HTML? =
      status.training == nil
      ? Parts.section(
        "Latest images", id: "sheet",
        "<div id=\"batch-sheet\" class=\"sheet\">\(tiles.map(\.html))</div>",
        note: " <a class=\"more\" href=\"/batches/\(id)/images\">Gallery</a>") : nil
    let byEmotion: HTML? =
      status.training == nil
      ? Parts.section("By emotion", id: "emotions", Parts.live("batch-emotions", emotions)) : nil
    let seen: HTML? =
      view.snapshot.details?.recognised == nil
      ? nil : Parts.section("What the classifier sees", id: "measured", Parts.live("batch-measured", measured))
    let rejected: HTML? =
      view.snapshot.details?.rejects == nil
      ? nil : Parts.section("Rejected", id: "rejects", Parts.live("batch-rejects", rejects))
    let overTime: HTML? =
      status.training == nil
      ? Parts.section("Who rendered what", id: "timeline", Parts.live("batch-timeline", timeline)) : nil
    let byCell: HTML? =
      status.training == nil ? Parts.section("By cell", id: "cells", CellRows.table(cells, batch: id)) : nil
    return Layout(
      title: "Batch \(id): \(TerminalText.fitted(status.name, 60))", place: .batches, live: "/live/batches/\(id)"
    ).page(
      """
      \(Parts.live("batch-head", head))
      \(Parts.live("batch-figures", figures))
      \(Parts.live("batch-actions", actions))
      \(sheet)
      <div class="columns">
      \(byEmotion)
      \(Parts.section("At work", id: "running", Parts.live("batch-running", running)))
      </div>
      \(Parts.section("Quarantine", id: "stopped", Parts.live("batch-stopped", stopped)))
      \(seen)
      \(rejected)
      \(overTime)
      \(byCell)
      \(Parts.section("What happened", id: "events", Parts.live("batch-events", events)))
      \(status.training == nil ? Parts.section("Side by side", id: "compare", ComparePage.form(id)) : nil)
      \(Parts.section("Specification", id: "spec", "<pre class=\"spec\" tabindex=\"0\">\(specification)</pre>"))
      """)
  }

  private var actions: HTML { secret.map { ActionForms.html(status, $0) } ?? .empty }

  private var head: HTML {
    let (done, all) = BatchRows.progress(status)
    let noun = status.training == nil ? "images" : "steps"
    return """
      <h1>Batch \(id) <span class="name">\(status.name)</span> \(Parts.state(status.state.rawValue))</h1>
      <div class="total">\(Parts.bar(done, of: all, label: "Progress of the batch"))
      <strong>\(Measure.percent(done, of: all))</strong> \(Measure.count(done)) of \(Measure.count(all)) \(noun)</div>
      \(status.training == nil ? nil : "<p class=\"note\"><a href=\"/trainings/\(id)\">Curves and samples of the training</a></p>")
      """
  }

  private var figures: HTML {
    let details = view.snapshot.details
    let took = status.started.map { (status.finished ?? now).timeIntervalSince($0) }
    var pieces: [HTML] = [
      Parts.figure("Rate", details?.rate.map { "\(Measure.rate($0))" } ?? "–", note: details?.rate.flatMap(steps)),
      Parts.figure("Time left", view.snapshot.secondsLeft.map { "about \(Measure.duration($0))" } ?? "–"),
      Parts.figure("Took", took.map { "\(Measure.duration($0))" } ?? "–"),
      Parts.figure(
        "Jobs", "\(Measure.count(status.jobs.done)) / \(Measure.count(status.jobs.total))",
        note: "\(Measure.count(status.jobs.ready)) ready, \(Measure.count(status.jobs.running)) running"),
      Parts.figure("Quarantined", "\(Measure.count(status.jobs.failed))", isBad: status.jobs.failed > 0),
      Parts.figure("Model", "\(status.model ?? status.training?.stage ?? "–")"),
      Parts.figure("Seed", "\(status.seed)"), Parts.figure("Priority", "\(status.priority)"),
      Parts.figure("User", "\(status.user)"),
    ]
    if let key = status.key { pieces.append(Parts.figure("Key", "\(key)")) }
    if let training = status.training {
      pieces.append(Parts.figure("Loss", training.loss.map { "\(Measure.figure($0))" } ?? "–"))
      pieces.append(Parts.figure("Out", "\(training.out)"))
    }
    if !status.labels.isEmpty { pieces.append(Parts.figure("Requires", "\(status.labels.joined(separator: ", "))")) }
    var waits: [HTML] = []
    if let text = status.waitsFor { waits.append("<p class=\"warn\">Waits \(text).</p>") }
    for (reason, jobs) in (details?.waits ?? [:]).sorted(by: { $0.key < $1.key }) {
      waits.append("<p class=\"warn\">\(Measure.count(jobs, "job")) wait: \(reason)</p>")
    }
    return "<dl class=\"figures\">\(pieces)</dl>\(waits)"
  }

  /// Steps a second at a rate of images, by the steps of the newest ones.
  private func steps(_ rate: Double) -> String? {
    guard !view.latest.isEmpty else { return nil }
    let steps = view.latest.reduce(0) { $0 + $1.actualSteps }
    return Measure.rate(rate * Double(steps) / Double(view.latest.count), "steps")
  }

  private var tiles: [(key: String, html: HTML)] {
    // An image that was rendered again has another file.
    view.latest.map { ("\($0.index)-\($0.sha256.prefix(16))", ImageTile.html($0)) }
  }

  private var emotions: HTML {
    let rows: [[HTML]] = (view.snapshot.details?.emotions ?? []).map { row in
      let failed: HTML = row.imagesFailed > 0 ? "<span class=\"warn\">\(Measure.count(row.imagesFailed))</span>" : "0"
      let name = row.emotion ?? "none"
      return [
        "<a href=\"/batches/\(id)/images?emotion=\(name)\">\(Parts.emotion(row.emotion))</a>",
        Parts.bar(row.imagesDone, of: row.images, label: row.emotion ?? "plain text", emotion: row.emotion),
        "\(Measure.count(row.imagesDone))", "\(Measure.count(row.images))", failed,
      ]
    }
    return Parts.table(
      "Progress by emotion", columns: ["Emotion", "Progress", "#Done", "#Asked", "#Quarantined"], rows: rows)
  }

  /// Images that did not count, by the criterion that they failed.
  private var rejects: HTML {
    guard let counts = view.snapshot.details?.rejects else { return .empty }
    guard counts.images > 0 else { return Parts.empty("No image was rejected.") }
    let tried = counts.images + status.imagesDone
    let rows: [[HTML]] = Acceptance.Criterion.allCases.compactMap { criterion in
      guard let images = counts.byCriterion[criterion], images > 0 else { return nil }
      return [
        "\(criterion == .noDuplicate ? "no_duplicate: near-duplicates" : criterion.rawValue)",
        Parts.bar(images, of: tried, label: "Rejected by \(criterion.rawValue)"), "\(Measure.count(images))",
        "\(Measure.percent(images, of: tried))",
      ]
    }
    let exhausted: HTML? =
      counts.exhausted > 0
      ? "<p class=\"warn\">\(Measure.count(counts.exhausted, "index", plural: "indices")) have no try left.</p>" : nil
    return """
      \(Parts.table("Rejected images by criterion", columns: ["Criterion", "", "#Images", "#Of all tries"], rows: rows))\(exhausted)
      <p class="note"><a href="/batches/\(id)/images?order=rejected">Look at them</a></p>
      """
  }

  private var timeline: HTML {
    if let timeline = view.timeline { return Timeline(timeline: timeline).html }
    return Parts.empty(status.started == nil ? "The batch has not begun." : "Being counted: a moment.")
  }

  /// Emo-A of each emotion with its interval, and what the others were taken for.
  private var measured: HTML {
    guard let counts = view.snapshot.details?.recognised else { return .empty }
    let asked = Emotion.allCases.filter { counts[$0] != nil }
    guard !asked.isEmpty else { return Parts.empty("No image is measured yet.") }
    let rows: [[HTML]] = asked.map { emotion in
      let row = counts[emotion] ?? []
      let all = row.reduce(0, +)
      let right = row.indices.contains(emotion.index) ? row[emotion.index] : 0
      let share = Estimate(right, of: all)
      let interval = share.low.flatMap { low in share.high.map { " [\(Self.share(low)), \(Self.share($0))]" } } ?? ""
      let others: [HTML] = row.enumerated().map { index, count in
        index == emotion.index
          ? "<strong>\(Measure.count(count))</strong>" : "\(count == 0 ? "·" : Measure.count(count))"
      }
      return [
        Parts.emotion(emotion.rawValue),
        Parts.bar(right, of: all, label: "Emo-A of \(emotion)", emotion: emotion.rawValue),
        "<strong>\(Self.share(share.value))</strong>\(interval)", "\(Measure.count(all))",
      ] + others
    }
    return """
      \(Parts.table(
        "What the classifier recognises, by what was asked for",
        columns: ["Asked for", "Emo-A", "#95 % interval", "#Images"] + Emotion.names.map { "#\($0)" }, rows: rows))
      <p class="note">Rows are what was asked for, columns what the classifier recognises.</p>
      """
  }

  /// `.86`
  private static func share(_ value: Double) -> String {
    value >= 0.995 ? "1.00" : "." + String(String(100 + Int((value * 100).rounded())).suffix(2))
  }

  private var running: HTML {
    let jobs = view.snapshot.details?.running ?? []
    guard !jobs.isEmpty else {
      return Parts.empty(status.isFinished ? "The batch is finished." : "No worker holds a job of this batch.")
    }
    let rows: [[HTML]] = jobs.prefix(100).map { job in
      [
        "\(job.job)", Parts.emotion(job.emotion), "worker \(job.worker)\(job.host.map { " on \($0)" } ?? "")",
        "\(FarmPage.doing(job))", "\(job.imagesDone) / \(job.count)", "\(job.attempt)",
      ]
    }
    return Parts.table(
      "Running jobs", columns: ["Job", "Emotion", "Worker", "Doing", "#Images", "#Attempt"], rows: rows)
  }

  private var stopped: HTML {
    let jobs = view.snapshot.details?.stopped ?? []
    guard !jobs.isEmpty else { return Parts.empty("No job is quarantined.") }
    let rows: [[HTML]] = jobs.map { job in
      let errors: [HTML] = job.errors.map { "<div class=\"error\">\(TerminalText.fitted($0, 2000))</div>" }
      return [
        "\(job.job)", Parts.emotion(job.emotion), "\(job.firstIndex)–\(job.firstIndex + job.count - 1)",
        "\(job.imagesDone) / \(job.count)", "\(errors)",
      ]
    }
    let more: HTML? =
      status.jobs.failed > jobs.count
      ? "<p class=\"note\">The first \(jobs.count) of \(Measure.count(status.jobs.failed)) quarantined jobs.</p>" : nil
    return """
      \(Parts.table("Quarantined jobs", columns: ["Job", "Emotion", "Images", "#Done", "Errors of each attempt"], rows: rows))\(more)
      <p class="note">Queue them again with \(Parts.command("emofarm retry \(id)")).</p>
      """
  }

  private var events: HTML { EventRows.table(view.events, now: now) }
}

/// Cells as rows of a table.
enum CellRows {
  static let pageSize = 100

  static func table(_ cells: [CellProgress], batch: Int64) -> HTML {
    let rows: [[HTML]] = cells.prefix(pageSize).map { cell in
      let planned = cell.cell
      return [
        "\(planned.ordinal)", Parts.emotion(planned.emotion), "\(TerminalText.fitted(planned.subject.label, 120))",
        Parts.bar(cell.imagesDone, of: planned.count, label: "Cell \(planned.ordinal)", emotion: planned.emotion),
        "\(Measure.count(cell.imagesDone)) / \(Measure.count(planned.count))",
        "<a href=\"/batches/\(batch)/images?after=\(planned.firstIndex - 1)\">from \(planned.firstIndex)</a>",
      ]
    }
    let next: HTML? =
      cells.count > pageSize
      ? "<p class=\"pages\"><a rel=\"next\" href=\"/batches/\(batch)/cells?after=\(cells[pageSize - 1].cell.ordinal)\">Next cells</a></p>"
      : nil
    return
      "\(Parts.table("Progress by cell", columns: ["Cell", "Emotion", "Subject", "Progress", "#Done", "Images"], rows: rows))\(next)"
  }
}
