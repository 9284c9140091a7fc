package import Farm

/// The result of a garbage collection, as text and JSON.
package struct CollectDocument {
  private let report: CollectReport

  package init(_ report: CollectReport) {
    self.report = report
  }

  package var json: JSONDocument {
    [
      "deleted": JSONDocument(report.images.deleted), "bytes_freed": JSONDocument(report.images.bytesFreed),
      "waiting": JSONDocument(report.images.waiting), "kept": JSONDocument(report.images.kept),
      "temporary_deleted": JSONDocument(temporary),
      "inputs": [
        "deleted": JSONDocument(report.inputs.deleted), "bytes_freed": JSONDocument(report.inputs.bytesFreed),
        "waiting": JSONDocument(report.inputs.waiting), "kept": JSONDocument(report.inputs.kept),
      ],
      "uploads_ended": JSONDocument(report.uploadsEnded) { JSONDocument($0) },
    ]
  }

  private var temporary: Int { report.images.temporaryDeleted + report.inputs.temporaryDeleted }

  package func lines(dryRun: Bool) -> [String] {
    let temporary = Measure.count(
      temporary, "leftover of interrupted writes", plural: "leftovers of interrupted writes")
    guard !dryRun else {
      return [
        "\(Measure.count(report.images.waiting, "file")) not referenced by any batch, \(temporary), \(Measure.count(report.images.kept, "file")) in use"
      ] + more(dryRun: true)
    }
    return [
      "deleted \(Measure.count(report.images.deleted, "file")) (\(Measure.bytes(report.images.bytesFreed))) and \(temporary)",
      "\(Measure.count(report.images.waiting, "file")) not referenced by any batch wait for the grace period, "
        + "\(Measure.count(report.images.kept, "file")) in use",
    ] + more(dryRun: false)
  }

  /// What the store holds beside images, if anything.
  private func more(dryRun: Bool) -> [String] {
    var lines: [String] = []
    let inputs = report.inputs
    if inputs != CollectReport.Files() {
      let deleted =
        dryRun ? "" : "deleted \(Measure.count(inputs.deleted, "file")) (\(Measure.bytes(inputs.bytesFreed))), "
      lines.append(
        "models and other inputs: \(deleted)\(Measure.count(inputs.waiting, "file")) that no model and no batch refers to, "
          + "\(Measure.count(inputs.kept, "file")) in use")
    }
    switch report.uploadsEnded {
    case nil:
      lines.append("the store does not list incomplete uploads: let a rule of the bucket end them")
    case 0: break
    case let ended?:
      lines.append(
        "\(Measure.count(ended, "incomplete upload")) that nobody continues\(dryRun ? "" : " ended")")
    }
    return lines
  }
}
