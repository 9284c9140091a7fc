import Postgres

/// The progress of a training.
package struct TrainingStatus: Codable, Hashable, Sendable {
  /// What is trained, for example `encoder`.
  package let stage: String
  /// The output folder, as requested.
  package let out: String
  /// Completed steps, as last reported.
  package let step: Int
  package let steps: Int
  /// The loss of the last reported step.
  package let loss: Double?
  /// nil if no worker is running the training.
  package let stepsPerSecond: Double?

  /// Estimated time to the last step.
  package var secondsLeft: Double? {
    guard let stepsPerSecond, stepsPerSecond > 0 else { return nil }
    return Double(steps - step) / stepsPerSecond
  }

  /// nil if the row belongs to a batch of images.
  init?(_ row: PostgresRow) throws {
    guard let steps = try row.optionalInt("steps") else { return nil }
    self.steps = steps
    stage = try row.string("stage")
    out = try row.string("out")
    step = try row.int("step")
    loss = try row.optionalDouble("loss")
    stepsPerSecond = try row.optionalDouble("steps_per_second")
  }
}
