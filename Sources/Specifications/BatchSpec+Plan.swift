import Files
package import Vocabulary

extension BatchSpec {
  /// Expands the specification over a model's defaults.
  ///
  /// - Parameters:
  ///   - defaults: the model's settings, used for those that the specification does not set.
  ///   - multiple: the number of pixels of which width and height must be multiples.
  /// - Throws: ``BatchSpecError``.
  package func plan(defaults: RenderSettings, multiple: Int) throws(BatchSpecError) -> BatchPlan {
    try check()
    let base = settings.over(defaults)
    var planned: [PlannedCell] = []
    var read: Set<String> = []
    var index = 0
    for (position, cell) in cells.enumerated() {
      let settings = cell.settings.over(base)
      if settings.source == nil, cell.settings.strength != nil || self.settings.strength != nil {
        throw BatchSpecError("cells[\(position)]: strength requires init, the picture that images start from")
      }
      do { try settings.check() } catch { throw BatchSpecError("cells[\(position)]: \(error)") }
      if let misfit = settings.misfit(multiple: multiple) {
        throw BatchSpecError("cells[\(position)]: \(misfit)")
      }
      try check(settings, cell, position, &read)
      for subject in cell.subjects {
        planned.append(
          PlannedCell(
            ordinal: planned.count, subject: subject, settings: settings, firstIndex: index, count: cell.count))
        index += cell.count
      }
    }
    return BatchPlan(spec: self, cells: planned)
  }

  /// Checks that the words of an entry are in their syntax, which flags and a model's defaults may have chosen.
  ///
  /// - Parameter read: the texts that need no further check, because the cells of a grid share theirs.
  private func check(
    _ settings: RenderSettings, _ cell: CellSpec, _ position: Int, _ read: inout Set<String>
  ) throws(BatchSpecError) {
    guard settings.promptSyntax == .a1111 else { return }
    var words = [("negative", settings.negative)]
    for (key, texts) in [("prompt", cell.texts.isEmpty ? cell.prompts : []), ("text", cell.texts)] {
      words += texts.enumerated().map { (key + (texts.count == 1 ? "" : "s[\($0)]"), $1) }
    }
    for (key, text) in words where read.insert(text).inserted {
      do {
        try settings.promptSyntax.check(text, "cells[\(position)].\(key)")
      } catch {
        throw BatchSpecError(error.description)
      }
    }
  }
}
