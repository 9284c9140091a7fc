package import Farm

/// The result of a repair, as text and JSON.
package struct RepairText {
  private let report: RepairReport
  private let isDryRun: Bool

  package init(_ report: RepairReport, dryRun: Bool) {
    self.report = report
    isDryRun = dryRun
  }

  package var json: JSONDocument {
    [
      "examined": JSONDocument(report.examined),
      "faults": .object(
        Dictionary(
          uniqueKeysWithValues: FileFault.Kind.allCases.map {
            ($0.rawValue, JSONDocument(report.faults[$0] ?? 0))
          })),
      "first": .array(
        report.first.map {
          [
            "batch": JSONDocument($0.batch), "index": JSONDocument($0.index), "sha256": JSONDocument($0.sha256),
            "fault": JSONDocument($0.kind.rawValue), "message": JSONDocument($0.message),
          ]
        }),
      "images": JSONDocument(report.taken.images), "jobs": JSONDocument(report.taken.jobs),
      "left_running": JSONDocument(report.taken.running), "left_stopped": JSONDocument(report.taken.stopped),
      "absent_engines": .array(isDryRun ? [] : report.absentEngines.map { JSONDocument($0) }),
      "repaired": [
        "waiting": JSONDocument(report.outcomes.waiting), "same_bytes": JSONDocument(report.outcomes.sameBytes),
        "same_pixels": JSONDocument(report.outcomes.samePixels),
        "other_pixels": JSONDocument(report.outcomes.otherPixels),
      ],
    ]
  }

  package var lines: [String] {
    report.first.map { "image \($0.index) of batch \($0.batch): \(TerminalText.safe($0.message))" }
      + (report.faultCount > report.first.count
        ? ["… and \(Measure.count(report.faultCount - report.first.count)) more"] : [])
      + [summary] + left + engines + earlier
  }

  private var summary: String {
    guard report.faultCount > 0 else {
      return "\(Measure.count(report.examined, "file")) examined: nothing to repair"
    }
    let kinds = FileFault.Kind.allCases.compactMap { kind in
      report.faults[kind].map { "\(Measure.count($0)) \(kind.rawValue)" }
    }
    let found =
      "\(Measure.count(report.faultCount, "file")) of \(Measure.count(report.examined)) of no use "
      + "(\(kinds.joined(separator: ", ")))"
    guard !isDryRun else { return "\(found); without --dry-run their images are rendered again" }
    return "\(found); \(Measure.count(report.taken.images, "image")) in \(Measure.count(report.taken.jobs, "job")) "
      + "queued to be rendered again"
  }

  private var left: [String] {
    var lines: [String] = []
    if report.taken.running > 0 {
      lines.append(
        "\(Measure.count(report.taken.running, "image")) left alone because their jobs are running: repeat the command "
          + "when they are done")
    }
    if report.taken.stopped > 0 {
      lines.append(
        "\(Measure.count(report.taken.stopped, "image")) left alone because their jobs failed or were cancelled: "
          + "emofarm retry queues these jobs, then repeat the command")
    }
    return lines
  }

  private var engines: [String] {
    guard !isDryRun, !report.absentEngines.isEmpty else { return [] }
    return [
      "no live worker has the engine kind \(report.absentEngines.joined(separator: ", ")) that rendered them: another "
        + "kind renders slightly different pixels"
    ]
  }

  private var earlier: [String] {
    let outcomes = report.outcomes
    let parts = [
      (outcomes.waiting, "waiting for a worker"), (outcomes.sameBytes, "back with the same bytes"),
      (outcomes.samePixels, "back with the same pixels (rendered by another version)"),
      (outcomes.otherPixels, "back with other pixels (another engine kind, or the earlier file was not theirs)"),
    ].filter { $0.0 > 0 }.map { "\(Measure.count($0.0)) \($0.1)" }
    return parts.isEmpty ? [] : ["repaired so far: \(parts.joined(separator: ", "))"]
  }
}
