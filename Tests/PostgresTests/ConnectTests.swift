import Foundation
import Postgres
import TestSupport
import Testing

/// Connection attempts that fail, and the resources they leave behind.
@Suite struct ConnectTests {
  @Test func theErrorForAnUnreachableServerSaysWhatToCheck() async throws {
    try await TestFolder.with { folder in
      let configuration = PostgresConfiguration(socketFolder: folder, user: "ann", database: "farm")
      let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
      #expect(error?.code == .connectionFailed)
      #expect(error?.isConnectionFailure == true)
      #expect(error?.description.contains(folder) == true)
      #expect(error?.description.contains("check that the server is running") == true)
    }
  }

  @Test func aServerThatNeverAnswersTimesOut() async throws {
    try await TestFolder.with { folder in
      let silence = try SilentSocket(folder)
      var configuration = PostgresConfiguration(socketFolder: folder, user: "ann", database: "farm")
      configuration.connectTimeout = .milliseconds(50)
      let late = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
      #expect(late?.message.contains("did not answer within") == true)
      #expect(late?.isConnectionFailure == true)

      configuration.connectTimeout = .seconds(600)
      let patient = configuration
      let task = Task { _ = try await PostgresConnection.connect(patient) }
      silence.acceptOne()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      silence.stop()
    }
  }

  @Test func failedAndClosedConnectionsLeaveNoFilesOpen() async throws {
    try await TestFolder.with { folder in
      let nowhere = PostgresConfiguration(socketFolder: folder, user: "ann", database: "farm")
      try await withTestDatabase { configuration in
        // Other tests open files at the same time: only a difference as large as the number of connections is a leak.
        let before = try openFiles()
        for _ in 0..<200 {
          _ = try? await PostgresConnection.connect(nowhere)
          let connection = try await PostgresConnection.connect(configuration)
          try await connection.query("SELECT 1")
        }
        #expect(try openFiles() - before < 150)
      }
    }
  }

  private func openFiles() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
  }
}

/// A socket that accepts connections and never answers.
private final class SilentSocket: Sendable {
  private let listener: Int32

  init(_ folder: String) throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    let path = "\(folder)/.s.PGSQL.5432"
    guard SocketCutter.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else {
      throw POSIXError(.EADDRNOTAVAIL)
    }
  }

  func acceptOne() {
    _ = accept(listener, nil, nil)
  }

  func stop() {
    close(listener)
  }
}
