import Checkpoints
import Datasets
import EmoGen
import Engine
import Farm
import Files
import Postgres
import Scoring
import Signing
import Specifications
import TestSupport
import Testing
import Training
import Vocabulary
import Worker

/// The table of faults, case by case.
@Suite struct FaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let error: any Error
    let images: Fault
    let training: Fault

    init(_ error: any Error, _ images: Fault, training: Fault? = nil) {
      self.error = error
      self.images = images
      self.training = training ?? images
    }

    var testDescription: String { "\(error)" }
  }

  struct Unheard: Error {}

  static let cases = [
    Case(FarmError(.diskFull, "full"), .farm),
    Case(FarmError(.storeAway, "503 SlowDown"), .farm),
    Case(FarmError(.inputDamaged, "a model's file has another digest"), .farm),
    Case(FarmError(.storeRefused, "403 AccessDenied"), .host),
    Case(FarmError(.badSettings, "the server's certificate is not trusted"), .host),
    Case(FarmError(.fileSystem, "read-only file system"), .host),
    Case(FarmError(.badRow, "a state of a newer program"), .host),
    Case(FarmError(.artifactDamaged, "damaged"), .job),
    Case(FileError("/store/x", "cannot be written", SystemError(28)), .farm),
    Case(FileError("/store/x", "cannot be written", SystemError(122)), .farm),
    Case(FileError("/store/x", "cannot be written", SystemError(5)), .host),
    Case(FileError("/store/x", "cannot be written", SystemError(13)), .host),
    Case(FileError("/store/x", "cannot be read", SystemError(2)), .host),
    Case(FileError("/store/x", "cannot be mapped", SystemError(12)), .host),
    Case(CheckpointError(.missingFile, file: "/models/x", "is missing"), .host, training: .specification),
    Case(CheckpointError(.malformed, file: "/models/x", "is damaged"), .host, training: .specification),
    Case(ComputeError("this CPU has no bf16"), .host),
    Case(SigningError(.key, "no signing key"), .host),
    Case(RenderError("no such sampler"), .specification),
    Case(RenderError(.notFinite(.mapper), "not finite"), .specification),
    Case(BatchSpecError("unknown key"), .specification),
    Case(DatasetError(.badInput, "no images"), .specification),
    Case(MetricsError("the network 'clip' gave numbers that are not finite"), .specification),
    Case(TrainingError("another plan"), .specification),
    Case(TrainingError(.locked, "in use"), .farm),
    Case(Unheard(), .job),
    Case(PostgresError(.connectionLost, "reset"), .farm),
    Case(PostgresError(.commitUnknown, "lost in COMMIT"), .farm),
    Case(PostgresError(.invalidParameter, "a zero byte"), .job),
  ]

  @Test(arguments: cases) func anErrorHasItsFault(_ entry: Case) {
    #expect(Fault(entry.error, of: .images) == entry.images)
    #expect(Fault(entry.error, of: .training) == entry.training)
  }

  @Test(arguments: [
    ("25006", Fault.farm), ("57P01", .farm), ("53100", .farm), ("53300", .farm), ("42501", .farm), ("42P01", .farm),
    ("XX001", .farm), ("ZZ999", .farm), ("P0001", .farm), ("23514", .job), ("22003", .job),
  ]) func aServersErrorIsTheJobsOnlyForItsValues(_ state: String, _ fault: Fault) {
    let error = PostgresError(.server, "raised", sqlState: SQLState(rawValue: state))
    #expect(Fault(error, of: .images) == fault)
  }

  /// The states that a server really sends for the outages that farms have.
  @Test func aRealServersStatesAreInTheTable() async throws {
    try await withTestDatabase { configuration in
      let connection = try await PostgresConnection.connect(configuration)
      try await connection.query("SET default_transaction_read_only = on")
      let readOnly = await #expect(throws: PostgresError.self) { try await connection.query("CREATE TABLE x (i int)") }
      #expect(readOnly?.condition == .readOnly)
      try await connection.query("SET statement_timeout = 10")
      let slow = await #expect(throws: PostgresError.self) { try await connection.query("SELECT pg_sleep(5)") }
      #expect(slow?.condition == .busy)
      let name = await #expect(throws: PostgresError.self) { try await connection.query("SELECT * FROM nothing") }
      #expect(name?.condition == .setup)
      let value = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1 / 0") }
      #expect(value?.condition == .data)
      await connection.close()
    }
  }
}
