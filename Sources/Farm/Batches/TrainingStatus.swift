import Postgres

/// How far a training has come.
package struct TrainingStatus: Codable, Hashable, Sendable {
  /// Such as `encoder`.
  package let stage: String
  /// The folder of its files, as it was asked for.
  package let out: String
  /// Finished steps, as last heard of.
  package let step: Int
  package let steps: Int
  /// Of that step.
  package let loss: Double?
  /// nil while no worker trains.
  package let stepsPerSecond: Double?

  /// Until the last step.
  package var secondsLeft: Double? {
    guard let stepsPerSecond, stepsPerSecond > 0 else { return nil }
    return Double(steps - step) / stepsPerSecond
  }

  /// nil where the row is of a batch of images.
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
