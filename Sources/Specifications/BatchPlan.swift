package import Vocabulary

/// An expanded specification: the cells with their settings and index ranges, ready to be enqueued.
package struct BatchPlan: Sendable, Equatable {
  package let spec: BatchSpec
  package let cells: [PlannedCell]

  package var images: Int { cells.last.map { $0.firstIndex + $0.count } ?? 0 }

  /// The precisions other than fp32 that its images use, sorted by name.
  package var precisions: [Precision] {
    Set(cells.map(\.settings.shortcuts.precision)).subtracting([.fp32]).sorted { $0.rawValue < $1.rawValue }
  }

  /// Chunks never span cells, so that all images of a job have the same subject and settings.
  package var jobs: Int { cells.reduce(0) { $0 + ($1.count + spec.chunk - 1) / spec.chunk } }

  /// The same plan with each file outside the model replaced, for example by the same file with its digest; a file that
  /// several cells name is replaced once.
  package func mapFiles<E: Error>(_ change: (AddedFile) throws(E) -> AddedFile) throws(E) -> BatchPlan {
    var known: [AddedFile: AddedFile] = [:]
    var changed: [PlannedCell] = []
    for cell in cells {
      let settings = try cell.settings.mapFiles { (file) throws(E) in
        if let result = known[file] { return result }
        let result = try change(file)
        known[file] = result
        return result
      }
      changed.append(
        PlannedCell(
          ordinal: cell.ordinal, subject: cell.subject, settings: settings, firstIndex: cell.firstIndex,
          count: cell.count))
    }
    return BatchPlan(spec: spec, cells: changed)
  }
}
