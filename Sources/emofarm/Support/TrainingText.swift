import Admin
import Foundation
import Training

/// A run's progress in words.
enum TrainingText {
  /// Such as `denoiser  step 1,240/6,000  loss 0.412  3.1 step/s  25 min left`.
  static func line(_ progress: TrainingProgress) -> String {
    let figures = (progress.figures + progress.evaluation).map { "\($0.name) \(number($0.value))" }
    let head = "\(progress.stage)  step \(progress.step)/\(progress.steps)"
    let pace = "\(number(progress.stepsPerSecond)) step/s  \(Int((progress.secondsLeft / 60).rounded(.up))) min left"
    return ([head] + figures + [pace]).joined(separator: "  ")
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
