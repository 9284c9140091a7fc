import Foundation
import Postgres
import TestSupport
import Testing

/// A real embedded server is created, started, killed and stopped.
@Suite struct ClusterTests {
  @Test func theClusterSurvivesStartsStopsAndAKill() async throws {
    try await TestFolder.with { home in
      let cluster = EmbeddedCluster(home: home)
      #expect(await cluster.status() == .absent)
      try await cluster.stop()

      // A server must not keep files of its starter open, such as the lock of a calling script.
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      defer { ends.forEach { close($0) } }
      let inherited = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(ends[1])")

      // Two concurrent starts, as by two processes: separate values that share only the folder.
      async let one: Void = cluster.start()
      async let two: Void = EmbeddedCluster(home: home).start()
      _ = try await (one, two)
      guard case .running(let process) = await cluster.status() else {
        Issue.record("the server does not run")
        return
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")
      }
      #expect(!files.isEmpty && !files.contains(inherited))
      let configuration = try await cluster.configuration(database: "farm \"x\"")
      try await run(configuration, "CREATE TABLE t AS SELECT 7 AS n")
      try await cluster.start()
      #expect(await cluster.status() == .running(process: process))
      #expect(try await run(configuration, "SHOW fsync").only().string(0) == "on")
      #expect(try await run(configuration, "SHOW synchronous_commit").only().string(0) == "on")
      #expect(try await run(configuration, "SHOW listen_addresses").only().string(0) == "")
      #expect(try mode("\(home)/postgres/run") == 0o700)

      // A kill leaves postmaster.pid behind.
      let pidFile = "\(cluster.dataFolder)/postmaster.pid"
      kill(process, SIGKILL)
      while kill(process, 0) == 0, await cluster.status() != .stopped { await Task.yield() }
      #expect(FileManager.default.fileExists(atPath: pidFile))
      try await cluster.start()
      #expect(try await run(configuration, "SELECT n FROM t").only().int(0) == 7)

      try await cluster.stop(.immediate)
      try await cluster.stop()
      #expect(await cluster.status() == .stopped)
      let away = await #expect(throws: PostgresError.self) { try await cluster.configuration() }
      #expect(away?.isConnectionFailure == true)

      // The process id in a stale file may now belong to another process.
      try "\(getpid())\n".write(toFile: pidFile, atomically: true, encoding: .utf8)
      #expect(await cluster.status() == .stopped)
      try await cluster.start()
      #expect(try await run(configuration, "SELECT n FROM t").only().int(0) == 7)

      try await checkPasswords(cluster, configuration)
      try await cluster.stop()

      // If a server cannot start, the error says why.
      let broken = EmbeddedCluster(home: home, settings: ["shared_buffers": "'no such size'"])
      let error = await #expect(throws: PostgresError.self) { try await broken.start() }
      #expect(error?.code == .cluster)
      #expect(error?.description.contains("no such size") == true)
      #expect(error?.description.contains(cluster.logFile) == true)
      try await cluster.start()
      try await cluster.stop(.immediate)
    }
  }

  @Test func aPathTooLongForASocketIsRefused() async throws {
    let home = TestFolder.parent + "/" + String(repeating: "deep/", count: 30)
    let error = await #expect(throws: PostgresError.self) { try await EmbeddedCluster(home: home).start() }
    #expect(error?.code == .cluster)
    #expect(error?.description.contains("EMOFARM_HOME") == true)
  }

  @Test(.enabled(if: geteuid() == 0))
  func aFolderThatTheServerCannotAccessIsNamed() async throws {
    try await TestFolder.with { folder in
      try FileManager.default.createDirectory(
        atPath: "\(folder)/closed/home", withIntermediateDirectories: true)
      chmod("\(folder)/closed", 0o700)
      let error = await #expect(throws: PostgresError.self) {
        try await EmbeddedCluster(home: "\(folder)/closed/home").start()
      }
      #expect(error?.message.contains("cannot access \(folder)/closed (mode 700") == true)
      #expect(error?.hint?.contains("chmod o+x \(folder)/closed") == true)
    }
  }

  @Test func aFolderThatIsNotAClusterIsLeftUnchanged() async throws {
    try await TestFolder.with { home in
      try FileManager.default.createDirectory(
        atPath: "\(home)/postgres/data", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      let error = await #expect(throws: PostgresError.self) { try await EmbeddedCluster(home: home).start() }
      #expect(error?.message.contains("is not a PostgreSQL cluster") == true)
    }
  }

  private func checkPasswords(_ cluster: EmbeddedCluster, _ admin: PostgresConfiguration) async throws {
    let rules = "\(cluster.dataFolder)/pg_hba.conf"
    let text = try String(contentsOfFile: rules, encoding: .utf8)
    try ("local all ann scram-sha-256\n" + text).write(toFile: rules, atomically: false, encoding: .utf8)
    try await run(admin, "CREATE ROLE ann LOGIN PASSWORD 'hunter2'")
    try await run(admin, "SELECT pg_reload_conf()")
    let ann = admin.with("user", "ann")
    let connection = try await PostgresConnection.connect(admin)
    try await waitUntil(connection, "SELECT count(*) = 2 FROM pg_hba_file_rules WHERE type = 'local'")
    await connection.close()

    // The reload reaches the postmaster by a signal. Until then it authenticates the role by peer, which fails
    // differently.
    var wrong: PostgresError?
    repeat {
      wrong = await #expect(throws: PostgresError.self) {
        try await PostgresConnection.connect(ann.with("password", "wrong-guess"))
      }
    } while wrong?.sqlState == .invalidAuthorization
    #expect(wrong?.code == .connectionFailed)
    #expect(wrong?.sqlState == .invalidPassword)
    #expect(wrong?.isConnectionFailure == false)
    #expect(wrong?.description.contains("check the user and password") == true)
    #expect(wrong?.description.contains("wrong-guess") == false)
    let none = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(ann) }
    #expect(none?.description.contains("PGPASSWORD") == true)
    #expect(none?.isConnectionFailure == false)
    #expect(try await run(ann.with("password", "hunter2"), "SELECT current_user").only().string(0) == "ann")
    let denied = await #expect(throws: PostgresError.self) {
      try await run(ann.with("password", "hunter2"), "SELECT * FROM t")
    }
    #expect(denied?.sqlState == .insufficientPrivilege)
    #expect(denied?.description.contains("emofarm db roles") == true)
    let missing = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.connect(admin.with(database: "nowhere"))
    }
    #expect(missing?.sqlState == .unknownDatabase)
    #expect(missing?.description.contains("createdb") == true)
    let stranger = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.connect(admin.with("user", "stranger"))
    }
    #expect(stranger?.sqlState == .invalidAuthorization)
  }

  @discardableResult
  private func run(_ configuration: PostgresConfiguration, _ sql: SQL) async throws -> QueryResult {
    let connection = try await PostgresConnection.connect(configuration)
    let result = try await connection.query(sql)
    await connection.close()
    return result
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }
}
