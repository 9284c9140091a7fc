import Files
import Postgres
import Vocabulary

extension PostgresRow {
  /// Decodes an enumeration's label.
  ///
  /// - Throws: ``FarmError`` (`badRow`) if this program does not know the label.
  func state<Value: RawRepresentable>(_ key: ColumnKey, as type: Value.Type = Value.self) throws -> Value
  where Value.RawValue == String {
    let label = try string(key)
    guard let value = Value(rawValue: label) else {
      throw FarmError(
        .badRow, "the database contains the \(type) '\(label)', which this program does not know: upgrade it")
    }
    return value
  }

  func subject() throws -> Subject {
    try JSONColumn.decode(Subject.self, self, "subject")
  }

  func settings() throws -> RenderSettings {
    try JSONColumn.decode(RenderSettings.self, self, "settings")
  }

  /// The batch's state machine, from the columns that a lock statement returns.
  func batchMachine() throws -> BatchMachine {
    BatchMachine(
      state: try state("batch_state"), jobs: try int("jobs"), done: try int("jobs_done"),
      failed: try int("jobs_failed"), cancelled: try int("jobs_cancelled"), isStarted: try bool("started"))
  }
}
