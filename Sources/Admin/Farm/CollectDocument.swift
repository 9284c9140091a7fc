package import Farm

/// The result of a garbage collection, as text and JSON.
package struct CollectDocument {
  private let report: CollectReport

  package init(_ report: CollectReport) {
    self.report = report
  }

  package var json: JSONDocument {
    [
      "deleted": JSONDocument(report.deleted), "bytes_freed": JSONDocument(report.bytesFreed),
      "waiting": JSONDocument(report.waiting), "kept": JSONDocument(report.kept),
      "temporary_deleted": JSONDocument(report.temporaryDeleted),
    ]
  }

  package func lines(dryRun: Bool) -> [String] {
    let temporary = Measure.count(
      report.temporaryDeleted, "leftover of interrupted writes", plural: "leftovers of interrupted writes")
    guard !dryRun else {
      return [
        "\(Measure.count(report.waiting, "file")) not referenced by any batch, \(temporary), \(Measure.count(report.kept, "file")) in use"
      ]
    }
    return [
      "deleted \(Measure.count(report.deleted, "file")) (\(Measure.bytes(report.bytesFreed))) and \(temporary)",
      "\(Measure.count(report.waiting, "file")) not referenced by any batch wait for the grace period, "
        + "\(Measure.count(report.kept, "file")) in use",
    ]
  }
}
