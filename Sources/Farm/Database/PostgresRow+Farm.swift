import Postgres
import Vocabulary

extension PostgresRow {
  /// An enumeration's value.
  ///
  /// - Throws: ``FarmError`` (`badRow`) for a label that this program does not know.
  func state<Value: RawRepresentable>(_ key: ColumnKey, as type: Value.Type = Value.self) throws -> Value
  where Value.RawValue == String {
    let label = try string(key)
    guard let value = Value(rawValue: label) else {
      throw FarmError(.badRow, "the database holds the unknown \(type) '\(label)': upgrade this program")
    }
    return value
  }

  func subject() throws -> Subject {
    try JSONColumn.decode(Subject.self, self, "subject")
  }

  func settings() throws -> RenderSettings {
    try JSONColumn.decode(RenderSettings.self, self, "settings")
  }

  /// The batch's machine, from the columns of a lock.
  func batchMachine() throws -> BatchMachine {
    BatchMachine(
      state: try state("batch_state"), jobs: try int("jobs"), done: try int("jobs_done"),
      failed: try int("jobs_failed"), cancelled: try int("jobs_cancelled"), isStarted: try bool("started"))
  }
}
