/// Which images of its batches a dataset has.
package struct DatasetSelection: Sendable, Equatable {
  /// What holds for each of them, as it was written.
  let condition: String
  /// The number of images it was chosen from.
  let total: Int

  package init(condition: String, total: Int) {
    self.condition = condition
    self.total = total
  }
}
