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
    var index = 0
    for (position, cell) in cells.enumerated() {
      let settings = cell.settings.over(base)
      if settings.source == nil, cell.settings.strength != nil || self.settings.strength != nil {
        throw BatchSpecError("cells[\(position)]: strength requires init, the picture that images start from")
      }
      if let misfit = settings.misfit(multiple: multiple) {
        throw BatchSpecError("cells[\(position)]: \(misfit)")
      }
      for subject in cell.subjects {
        planned.append(
          PlannedCell(
            ordinal: planned.count, subject: subject, settings: settings, firstIndex: index, count: cell.count))
        index += cell.count
      }
    }
    return BatchPlan(spec: self, cells: planned)
  }
}
