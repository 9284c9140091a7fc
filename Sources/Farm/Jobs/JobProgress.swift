/// A worker's progress on its current image.
package struct JobProgress: Hashable, Sendable {
  /// The batch index of the image.
  package let index: Int
  /// Completed denoising steps.
  package let step: Int
  /// Total denoising steps.
  package let steps: Int

  package init(index: Int, step: Int, steps: Int) {
    self.index = index
    self.step = step
    self.steps = steps
  }
}
