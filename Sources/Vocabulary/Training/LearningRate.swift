import Foundation

/// A learning rate schedule: a linear warm-up, then a constant rate or a half cosine down to zero.
package struct LearningRate: Codable, Hashable, Sendable {
  package enum Shape: String, Codable, CaseIterable, Sendable { case constant, cosine }

  package let peak: Double
  package let warmUpSteps: Int
  package let shape: Shape

  package init(peak: Double, warmUpSteps: Int = 0, shape: Shape = .constant) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.shape = shape
  }

  /// The rate at `step` (from 0) of a run of `steps` steps.
  package func at(_ step: Int, of steps: Int) -> Double {
    if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
    guard shape == .cosine, steps > warmUpSteps else { return peak }
    let share = Double(step - warmUpSteps) / Double(steps - warmUpSteps)
    return peak * 0.5 * (1 + cos(Double.pi * min(1, share)))
  }
}
