import Foundation
import Postgres
import Synchronization

/// The PostgreSQL server of a test run: the one in `EMOFARM_TEST_DATABASE_URL`, or an embedded one that the first test
/// starts and that stops with the process.
actor TestServer {
  static let shared = TestServer()

  /// The folder of the embedded server, for the exit handler.
  private static let folder = Mutex<String?>(nil)
  private static let prefix = "emofarm-test-"

  private var administration: Task<PostgresConnection, any Error>?
  private var templates: [String: Task<String, any Error>] = [:]
  private var databases = 0
  /// Random, because machines and containers that share a server may have equal process ids.
  private let run = "\(getpid())_" + String(UInt32.random(in: 0...UInt32.max), radix: 16)

  /// Creates a database in milliseconds by copying a template to which the migrations were applied once.
  func makeDatabase(_ migrations: [Migration]) async throws -> PostgresConfiguration {
    let connection = try await connection()
    let template = migrations.isEmpty ? "template0" : try await template(migrations)
    databases += 1
    let name = "emofarm_test_\(run)_\(databases)"
    try await connection.query("CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template)")
    return connection.configuration.with(database: name)
  }

  func drop(_ database: String) async throws {
    try await connection().query("DROP DATABASE IF EXISTS \(identifier: database) WITH (FORCE)")
  }

  private func connection() async throws -> PostgresConnection {
    if let administration { return try await administration.value }
    let task = Task { try await Self.connect() }
    administration = task
    return try await task.value
  }

  private func template(_ migrations: [Migration]) async throws -> String {
    // FNV-1a over the checksums: test runs on one server share a template per list of migrations.
    let digest = migrations.flatMap { Array("\($0.label) \($0.checksum);".utf8) }
      .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let name = "emofarm_template_" + String(digest, radix: 16)
    if let made = templates[name] { return try await made.value }
    let task = Task {
      try await Self.makeTemplate(name, migrations, try await connection())
      return name
    }
    templates[name] = task
    return try await task.value
  }

  private static func makeTemplate(
    _ name: String, _ migrations: [Migration], _ connection: PostgresConnection
  ) async throws {
    let known = try await connection.query("SELECT FROM pg_database WHERE datname = \(name)")
    guard known.isEmpty else { return }
    let unfinished = "\(name)_\(UInt32.random(in: 0...UInt32.max))"
    try await connection.query("CREATE DATABASE \(identifier: unfinished) TEMPLATE template0")
    let inside = try await PostgresConnection.connect(connection.configuration.with(database: unfinished))
    try await MigrationRunner(migrations: migrations).up(inside)
    await inside.close()
    do {
      try await connection.query("ALTER DATABASE \(identifier: unfinished) RENAME TO \(identifier: name)")
    } catch let error as PostgresError where error.sqlState == .duplicateDatabase {
      try await connection.query("DROP DATABASE \(identifier: unfinished)")
    }
  }

  private static func connect() async throws -> PostgresConnection {
    if let url = ProcessInfo.processInfo.environment["EMOFARM_TEST_DATABASE_URL"], !url.isEmpty {
      return try await PostgresConnection.connect(PostgresConfiguration(url: url))
    }
    let parent = TestFolder.parent
    sweep(parent)
    let home = "\(parent)/\(prefix)\(getpid())-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    folder.withLock { $0 = home }
    atexit { TestServer.remove(TestServer.folder.withLock { $0 } ?? "") }
    // Durability does not matter for a test server; speed does.
    let cluster = EmbeddedCluster(
      home: home,
      settings: [
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
        "shared_buffers": "'64MB'", "wal_compression": "off",
      ])
    try await cluster.start()
    return try await PostgresConnection.connect(cluster.configuration(database: "postgres"))
  }

  /// Stops the servers that killed test runs have left behind.
  private static func sweep(_ parent: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
      let number = name.dropFirst(prefix.count).prefix { $0 != "-" }
      guard let process = Int32(number), kill(process, 0) != 0, errno == ESRCH else { continue }
      remove("\(parent)/\(name)")
    }
  }

  /// Stops the server in a folder immediately and removes the folder.
  private static func remove(_ home: String) {
    guard !home.isEmpty else { return }
    let file = "\(home)/postgres/data/postmaster.pid"
    let text = try? String(contentsOfFile: file, encoding: .utf8)
    if let process = text?.split(separator: "\n").first.flatMap({ Int32($0) }), process > 1, kill(process, SIGQUIT) == 0
    {
      // Removing this file is the server's last action.
      for _ in 0..<500 where access(file, F_OK) == 0 { usleep(10_000) }
    }
    try? FileManager.default.removeItem(atPath: home)
  }
}
