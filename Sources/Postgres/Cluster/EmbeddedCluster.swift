import CLibPQ
import Files
import Foundation

/// A private PostgreSQL server in the data folder, for machines without a configured database.
///
/// `<home>/postgres` contains its data, socket, log and a lock. The server listens only on the Unix socket and accepts
/// only its owner and root. It keeps running after the program that started it ends. Several processes may make calls
/// concurrently.
package actor EmbeddedCluster {
  package enum StopMode: String, Sendable {
    /// Open transactions are rolled back.
    case fast
    /// The server stops as in a crash and recovers at the next start.
    case immediate
  }

  package enum Status: Hashable, Sendable {
    /// The cluster has not been created yet.
    case absent
    case stopped
    case running(process: Int32)
  }

  private let files: ClusterFiles
  private let settings: [String: String]
  private let executor = BlockingExecutor(label: "emofarm.postgres.cluster")

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter settings: server settings that override this project's, in the syntax of `postgresql.conf`.
  package init(home: String, settings: [String: String] = [:]) {
    files = ClusterFiles(home: home)
    self.settings = settings
  }

  /// The path of the server's log.
  package nonisolated var logFile: String { files.log }
  /// The data folder.
  package nonisolated var dataFolder: String { files.data }

  /// Creates the cluster if it does not exist, starts its server if it is not running, and returns when the server
  /// accepts connections.
  ///
  /// - Throws: ``PostgresError`` (`cluster`) with the end of the server's log.
  package func start() throws {
    try files.checkSocketLength()
    if answers() { return }
    let control = ServerControl(files: files, account: try .current(), settings: settings)
    try control.prepareFolders()
    let lock = try files.takeLock()
    try withExtendedLifetime(lock) {
      if files.process == nil { try control.start() }
      try waitUntilItAnswers()
    }
  }

  /// Stops the server if it is running, and returns when it has exited.
  package func stop(_ mode: StopMode = .fast) throws {
    guard files.dataVersion != nil else { return }
    let control = ServerControl(files: files, account: try .current(), settings: settings)
    let lock = try files.takeLock()
    try withExtendedLifetime(lock) {
      if files.process != nil { try control.stop(mode) }
    }
  }

  package func status() -> Status {
    if let process = files.process { return .running(process: process) }
    return files.dataVersion == nil ? .absent : .stopped
  }

  /// The configuration for a database of the running server. The database is created if it does not exist.
  ///
  /// - Throws: ``PostgresError``; `isConnectionFailure` is true if the server is not running.
  package func configuration(database: String = "emofarm") async throws -> PostgresConfiguration {
    let connection = try await PostgresConnection.connect(address("postgres"))
    do {
      let known = try await connection.query("SELECT FROM pg_database WHERE datname = \(database)")
      if known.isEmpty {
        try await connection.query("CREATE DATABASE \(identifier: database)")
      }
    } catch let error as PostgresError
      where error.sqlState == .duplicateDatabase || error.sqlState == .uniqueViolation
    {
      // Another process created it in the meantime.
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    return address(database)
  }

  private nonisolated func address(_ database: String) -> PostgresConfiguration {
    PostgresConfiguration(
      socketFolder: files.run, port: ClusterFiles.port, user: ClusterSettings.role, database: database)
  }

  private func answers() -> Bool {
    var keywords: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    let parameters = address("postgres").effectiveParameters.map { (strdup($0.key), strdup($0.value)) }
    defer {
      parameters.forEach {
        free($0.0); free($0.1)
      }
    }
    for (keyword, value) in parameters {
      keywords.append(UnsafePointer(keyword))
      values.append(UnsafePointer(value))
    }
    return PQpingParams(keywords + [nil], values + [nil], 0) == PQPING_OK
  }

  /// Waits for a server that another process started or that is still recovering.
  private func waitUntilItAnswers() throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while !answers() {
      guard files.process != nil, ContinuousClock.now < deadline else {
        throw PostgresError(
          .cluster, "the embedded PostgreSQL server is running but does not accept connections",
          detail: "the end of \(files.log):\n\(files.logTail())", hint: "stop it and start it again")
      }
      usleep(50_000)
    }
  }
}
