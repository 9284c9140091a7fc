/// How far a worker has come with the image in hand.
package struct JobProgress: Hashable, Sendable {
  /// The batch index of the image.
  package let index: Int
  /// Denoising steps done.
  package let step: Int
  /// Denoising steps in all.
  package let steps: Int

  package init(index: Int, step: Int, steps: Int) {
    self.index = index
    self.step = step
    self.steps = steps
  }
}
