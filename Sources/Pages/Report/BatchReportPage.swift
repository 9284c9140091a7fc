package import Admin
package import Datasets
package import Farm
import Files
package import Foundation
import Imaging
import Scoring
import Vocabulary

/// The report of a batch: one page that needs nothing but itself.
package struct BatchReportPage {
  private let snapshot: BatchSnapshot
  private let findings: BatchFindings
  private let specification: String
  private let thumbnails: [String: String]
  /// Files that could not be shown, with the reason.
  private let faults: [String]
  private let marker: ExportMarker
  private let now: Date

  private var status: BatchStatus { snapshot.status }

  /// Reads the pictures that the report shows.
  ///
  /// A picture that is missing or damaged is named in the report instead.
  /// - Parameters:
  ///   - specification: as JSON.
  /// - Throws: `FarmError` if the store cannot be read at all.
  package init(
    _ snapshot: BatchSnapshot, _ findings: BatchFindings, specification: String, marker: ExportMarker,
    store: ArtifactStore, now: Date
  ) async throws {
    self.snapshot = snapshot
    self.findings = findings
    self.specification = specification
    self.marker = marker
    self.now = now
    let rows =
      findings.groups.flatMap(\.samples) + findings.doubted.map(\.row)
      + findings.pairs.flatMap { [$0.original, $0.copy] }
    var thumbnails: [String: String] = [:]
    var faults: [String] = []
    for row in rows where thumbnails[row.sha256] == nil {
      do {
        let jpeg = try ImageFiles.thumbnail(of: StoredImage.decode(row, in: store).image)
        thumbnails[row.sha256] = "data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())"
      } catch let error as FarmError where FileFault(row, error) != nil {
        faults.append("image \(row.index): \(error.description)")
      }
    }
    self.thumbnails = thumbnails
    self.faults = faults
  }

  /// The whole page.
  package var text: String {
    let title = "Batch \(status.id): \(TerminalText.fitted(status.name, 60))"
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="EmoFarm \(Program.version)">
      <meta name="\(OutputFile.reportName)" content="\(Hex.encode(marker.line.utf8))">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <title>\(title) · EmoFarm</title>
      <style>
      \(HTML.style)
      </style>
      </head>
      <body>
      <main id="content">
      <h1>Batch \(status.id) <span class="name">\(status.name)</span> \(Parts.state(status.state.rawValue))</h1>
      <p class="note">All images of this report are AI-generated. Written \(Measure.time(now)) by EmoFarm \(Program.version).</p>
      \(partial)
      \(asked)
      \(outcome)
      \(byEmotion)
      \(recognition)
      \(samples)
      \(doubted)
      \(rejects)
      \(duplicates)
      \(attributes)
      \(time)
      \(stopped)
      \(makers)
      </main>
      </body>
      </html>

      """
    return page.text
  }

  /// What a reader must know before reading on.
  private var partial: HTML {
    var lines: [String] = []
    let missing = status.images - findings.images
    if missing > 0 {
      let state = status.isFinished ? "" : "; the batch is not finished"
      lines.append(
        "\(Measure.count(missing)) of \(Measure.count(status.images, "image")) are not there\(state).")
    }
    if status.classifiers == nil {
      lines.append("The batch did not measure its images: nothing here says what they evoke.")
    } else if findings.measured < findings.images {
      lines.append("\(Measure.count(findings.images - findings.measured, "image")) were not measured.")
    }
    lines += faults.map { "Not shown: \($0)." }
    let pieces: [HTML] = lines.map { "<p class=\"problem\">\($0)</p>" }
    return "\(pieces)"
  }

  private var asked: HTML {
    let created = status.created
    let pieces: [HTML] = [
      Parts.figure("Images asked for", "\(Measure.count(status.images))"),
      Parts.figure("Model", "\(status.model ?? "–")"), Parts.figure("Seed", "\(status.seed)"),
      Parts.figure("User", "\(status.user)"), Parts.figure("Created", "\(Measure.time(created))"),
      Parts.figure(
        "Classifiers", status.classifiers.map { "<code>\(Measure.digest($0))</code>" } ?? "none",
        note: status.classifiers == nil ? nil : "digest of their files"),
    ]
    return Parts.section(
      "What was asked", id: "asked",
      """
      <dl class="figures">\(pieces)</dl>
      <details><summary>Specification</summary><pre class="spec" tabindex="0">\(specification)</pre></details>
      """)
  }

  private var outcome: HTML {
    let took = status.started.map { (status.finished ?? now).timeIntervalSince($0) }
    let right = findings.groups.reduce(0) { $0 + ($1.emotion == nil ? 0 : $1.right) }
    let judged = findings.groups.reduce(0) { $0 + ($1.emotion == nil ? 0 : $1.measured) }
    let pieces: [HTML] = [
      Parts.figure("Images", "\(Measure.count(findings.images))"),
      Parts.figure("Took", took.map { "\(Measure.duration($0))" } ?? "–"),
      Parts.figure(
        "Emo-A", judged > 0 ? Self.share(Estimate(right, of: judged)) : "–",
        note: judged > 0 ? "of \(Measure.count(judged)) measured" : "not measured"),
      Parts.figure(
        "Near-duplicates", findings.measured > 0 ? "\(Measure.count(findings.repeated))" : "–",
        note: findings.measured > 0 ? "images like an earlier one" : "not measured", isBad: findings.repeated > 0),
      Parts.figure(
        "Rejected", snapshot.details?.rejects.map { "\(Measure.count($0.images))" } ?? "–",
        note: status.acceptance == nil ? "every image counts" : "tries that do not count"),
      Parts.figure(
        "Quarantined jobs", "\(Measure.count(status.jobs.failed))", isBad: status.jobs.failed > 0),
    ]
    return Parts.section("What came out", id: "outcome", "<dl class=\"figures\">\(pieces)</dl>")
  }

  private var byEmotion: HTML {
    let progress = snapshot.details?.emotions ?? []
    let rows: [[HTML]] = progress.map { row in
      let group = findings.groups.first { $0.emotion == row.emotion }
      let measured = group?.measured ?? 0
      let mean = group.flatMap { $0.measured > 0 && $0.emotion != nil ? $0.probability / Double($0.measured) : nil }
      let content = group.flatMap { $0.contents > 0 ? $0.content / Double($0.contents) : nil }
      return [
        Parts.emotion(row.emotion), "\(Measure.count(row.images))", "\(Measure.count(group?.made ?? 0))",
        "\(Measure.count(row.imagesFailed))", "\(Measure.count(measured))",
        group?.accuracy.map(Self.share) ?? "–", mean.map { "\(Self.number($0))" } ?? "–",
        content.map { "\(Self.number($0))" } ?? "–",
      ]
    }
    return Parts.section(
      "By emotion", id: "emotions",
      """
      \(Parts.table(
        "Figures by emotion",
        columns: [
          "Emotion", "#Asked", "#Made", "#Quarantined", "#Measured", "#Emo-A (95 % interval)", "#Mean probability",
          "#Content confidence",
        ], rows: rows))
      <p class="note">Emo-A is the share of images in which the classifier finds the emotion most probable that was asked
      for; its interval is Wilson's. An image has no interval.</p>
      """)
  }

  private var recognition: HTML? {
    guard findings.measured > 0 else { return nil }
    let columns = ["Asked"] + Emotion.names.map { "#\($0)" }
    let rows: [[HTML]] = Emotion.allCases.compactMap { asked in
      let counts = findings.confusion[asked.index]
      let total = counts.reduce(0, +)
      guard total > 0 else { return nil }
      let cells: [HTML] = counts.enumerated().map { index, count in
        let text: HTML = count == 0 ? "<span class=\"dim\">0</span>" : "\(Measure.count(count))"
        return index == asked.index ? "<strong>\(text)</strong>" : text
      }
      return [Parts.emotion(asked.rawValue)] + cells
    }
    return Parts.section(
      "What the classifier recognised", id: "confusion",
      """
      \(Parts.table("Confusion matrix", columns: columns, rows: rows))
      <div class="columns">
      \(Self.histogram("Probability of the emotion asked for", findings.probabilities))
      \(Self.histogram("Confidence of the content classifier", findings.contents))
      </div>
      """)
  }

  /// Bars with their numbers, as a table that screen readers can read.
  private static func histogram(_ title: String, _ counts: [Int]) -> HTML {
    let most = counts.max() ?? 0
    guard most > 0 else { return "<div><h3>\(title)</h3>\(Parts.empty("Nothing was measured."))</div>" }
    let rows: [[HTML]] = counts.enumerated().map { tenth, count in
      let label = "\(number(Double(tenth) / 10)) to \(number(Double(tenth + 1) / 10))"
      return ["\(label)", Parts.bar(count, of: most, label: label), "\(Measure.count(count))"]
    }
    return "<div><h3>\(title)</h3>\(Parts.table(title, columns: ["From – to", "", "#Images"], rows: rows))</div>"
  }

  private var samples: HTML {
    let groups: [HTML] = findings.groups.map { group in
      let tiles: [HTML] = group.samples.map { tile($0, note: nil) }
      return "<h3>\(Parts.emotion(group.emotion))</h3><div class=\"sheet few\">\(tiles)</div>"
    }
    guard !groups.isEmpty else {
      return Parts.section("Samples", id: "samples", Parts.empty("There are no images yet."))
    }
    return Parts.section(
      "Samples", id: "samples",
      "\(groups)<p class=\"note\">Evenly spaced over the batch, not chosen.</p>")
  }

  private var doubted: HTML? {
    guard !findings.doubted.isEmpty else { return nil }
    let tiles: [HTML] = findings.doubted.map { tile($0.row, note: Self.number($0.probability)) }
    return Parts.section(
      "Most doubted", id: "doubted",
      """
      <div class="sheet few">\(tiles)</div>
      <p class="note">The images to whose emotion the classifier gives the least probability.</p>
      """)
  }

  private var rejects: HTML? {
    guard let acceptance = status.acceptance, let rejects = snapshot.details?.rejects else { return nil }
    let asked: [(Acceptance.Criterion, HTML)] = [
      (.notBlank, acceptance.notBlank ? "yes" : ""), (.emotionProbability, Self.least(acceptance.emotionProbability)),
      (.content, Self.least(acceptance.content)), (.decodes, acceptance.decodes ? "yes" : ""),
      (.noDuplicate, acceptance.noDuplicate.map { "less than \(Self.number($0)) alike" } ?? ""),
    ]
    let rows: [[HTML]] = asked.filter { !$0.1.text.isEmpty }.map { criterion, asked in
      ["<code>\(criterion.rawValue)</code>", asked, "\(Measure.count(rejects.byCriterion[criterion] ?? 0))"]
    }
    let missing: HTML =
      rejects.exhausted == 0
      ? ""
      : "<p class=\"problem\">\(Measure.count(rejects.exhausted, "image")) missing after \(acceptance.tries) tries each.</p>"
    return Parts.section(
      "Rejects by reason", id: "rejects",
      """
      \(missing)
      \(Parts.table("Rejected images by criterion", columns: ["Criterion", "Asked for", "#Rejected"], rows: rows))
      <p class="note">Each image is tried with at most \(acceptance.tries) seeds, and the first image that meets every
      criterion counts. Of images that it accepted itself a classifier gives figures that are too good.</p>
      """)
  }

  private static func least(_ value: Double?) -> HTML { value.map { "at least \(number($0))" } ?? "" }

  private var duplicates: HTML? {
    guard !findings.pairs.isEmpty else { return nil }
    let tiles: [HTML] = findings.pairs.map { pair in
      """
      <figure class="pair"><div>\(tile(pair.original, note: nil))\(tile(pair.copy, note: nil))</div>
      <figcaption>images \(pair.original.index) and \(pair.copy.index): \(Self.number(pair.likeness)) alike</figcaption></figure>
      """
    }
    return Parts.section(
      "Near-duplicates", id: "duplicates",
      """
      <div class="pairs">\(tiles)</div>
      <p class="note">\(Measure.count(findings.repeated, "image")) whose perceptual hash equals that of an earlier image in at
      least \(Self.number(findings.likeness)) of its bits; the most alike are shown.</p>
      """)
  }

  private var attributes: HTML? {
    guard !findings.attributes.isEmpty else { return nil }
    let all = findings.attributes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let most = all.first?.value ?? 0
    let rows: [[HTML]] = all.prefix(Self.mostAttributes).map {
      ["\($0.key)", Parts.bar($0.value, of: most, label: $0.key), "\(Measure.count($0.value))"]
    }
    let others = all.dropFirst(Self.mostAttributes)
    let rest: HTML =
      others.isEmpty
      ? ""
      : "<p class=\"note\">\(Measure.count(others.count, "other attribute")) in \(Measure.count(others.reduce(0) { $0 + $1.value }, "image")).</p>"
    return Parts.section(
      "What the images show", id: "attributes",
      """
      \(Parts.table("Images by attribute", columns: ["Attribute", "", "#Images"], rows: rows))
      \(rest)
      <p class="note">The class of each image that the attribute classifier finds most probable.</p>
      """)
  }

  private static let mostAttributes = 24

  private func tile(_ row: ImageRow, note: String?) -> HTML {
    let label = note.map { "\(row.emotion ?? "plain text") \($0)" } ?? "image \(row.index)"
    let picture: HTML =
      thumbnails[row.sha256].map { "<img src=\"\($0)\" alt=\"\(row.subject.label)\">" }
      ?? "<span class=\"tile none\">not shown</span>"
    return
      "<span class=\"tile\(Parts.colourClass(row.emotion))\" title=\"image \(row.index): \(row.subject.label), seed \(row.seed)\">\(picture)<span class=\"label\">\(label)</span></span>"
  }

  private var time: HTML? {
    guard findings.periods.count > 1 else { return nil }
    let rows: [[HTML]] = findings.periods.map { period in
      [
        "\(Measure.time(period.from))", "\(Measure.time(period.to))", "\(Measure.count(period.images))",
        "\(Measure.duration(period.seconds))", period.accuracy.map(Self.share) ?? "–",
      ]
    }
    return Parts.section(
      "Over time", id: "time",
      """
      \(Parts.table(
        "Tenths of the batch in the order of publication",
        columns: ["From", "To", "#Images", "#Rendering an image", "#Emo-A (95 % interval)"], rows: rows))
      <p class="note">A tenth whose interval lies outside the others' is worth a look: another worker, another engine.</p>
      """)
  }

  private var stopped: HTML? {
    let jobs = snapshot.details?.stopped ?? []
    guard !jobs.isEmpty else { return nil }
    let rows: [[HTML]] = jobs.map { job in
      let errors: [HTML] = job.errors.map { "<div class=\"error\">\(TerminalText.fitted($0, 2000))</div>" }
      return [
        "\(job.job)", "\(job.firstIndex)–\(job.firstIndex + job.count - 1)", "\(job.imagesDone) / \(job.count)",
        "\(errors)",
      ]
    }
    return Parts.section(
      "Quarantine", id: "stopped",
      Parts.table("Quarantined jobs", columns: ["Job", "Images", "#Done", "Errors of each attempt"], rows: rows))
  }

  private var makers: HTML {
    let workers: [[HTML]] = findings.workers.sorted { $0.key < $1.key }.map {
      ["worker \($0.key)", "\(Measure.count($0.value))"]
    }
    let engines: [[HTML]] = findings.engines.sorted { $0.key < $1.key }.map {
      ["\($0.key)", "\(Measure.count($0.value))"]
    }
    return Parts.section(
      "Who made them", id: "makers",
      """
      <div class="columns">
      \(Parts.table("Images by worker", columns: ["Worker", "#Images"], rows: workers))
      \(Parts.table("Images by kind of engine", columns: ["Engine", "#Images"], rows: engines))
      </div>
      """)
  }

  /// `62.5 % (53.1 to 71.0)`.
  private static func share(_ estimate: Estimate) -> HTML {
    let value = percent(estimate.value)
    guard let low = estimate.low, let high = estimate.high else { return "\(value) %" }
    return "\(value) % <span class=\"dim\">(\(percent(low)) to \(percent(high)))</span>"
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f", share * 100) }
  private static func number(_ value: Double) -> String { String(format: "%.2f", value) }
}
