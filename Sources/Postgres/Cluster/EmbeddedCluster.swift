import CLibPQ
import Files
import Foundation

/// A private PostgreSQL server under the data folder, for machines that have none configured.
///
/// `<home>/postgres` holds its data, its socket, its log and a lock; it listens on the Unix socket alone and lets in
/// only its owner and root. It keeps running when the program that started it ends. All calls are safe from several
/// processes at once.
package actor EmbeddedCluster {
  package enum StopMode: String, Sendable {
    /// Rolls open transactions back.
    case fast
    /// As in a crash: the next start recovers.
    case immediate
  }

  package enum Status: Hashable, Sendable {
    /// No cluster has been made yet.
    case absent
    case stopped
    case running(process: Int32)
  }

  private let files: ClusterFiles
  private let settings: [String: String]
  private let executor = BlockingExecutor(label: "emofarm.postgres.cluster")

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// - Parameter settings: server settings over this project's, as `postgresql.conf` writes them.
  package init(home: String, settings: [String: String] = [:]) {
    files = ClusterFiles(home: home)
    self.settings = settings
  }

  /// Where the server writes its log.
  package nonisolated var logFile: String { files.log }
  /// Where its data lie.
  package nonisolated var dataFolder: String { files.data }

  /// Makes the cluster if there is none and starts its server if it does not run; returns when it takes connections.
  ///
  /// Throws ``PostgresError`` (`cluster`) with the end of the server's log.
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

  /// Stops the server if it runs; returns when it is gone.
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

  /// How to connect to a database of the running server, which is made if it is missing.
  ///
  /// Throws ``PostgresError``; `isConnectionFailure` if the server does not run.
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
      // Another process made it in the meantime.
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

  /// A server started by somebody else, or at work on its recovery, is waited for.
  private func waitUntilItAnswers() throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while !answers() {
      guard files.process != nil, ContinuousClock.now < deadline else {
        throw PostgresError(
          .cluster, "the embedded PostgreSQL server runs but takes no connections",
          detail: "the end of \(files.log):\n\(files.logTail())", hint: "stop it and start it again")
      }
      usleep(50_000)
    }
  }
}
