import EmoGen
import Farm
import Files
import Foundation
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary
import Worker

/// A separate farm for a test: a database, a data folder, the shipped model, and daemons.
struct TestFarm: Sendable {
  let home: String
  let database: FarmDatabase
  let store: ArtifactStore
  private let environment: [String: String]
  /// The folder in which the daemons look for gates.
  private var gates: String { "\(home)/gates" }

  /// Runs a body on a database of the tests' server.
  static func with(_ body: @Sendable (TestFarm) async throws -> Void) async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      try await TestFolder.with { home in
        let farm = try await TestFarm(home, configuration, url: address(configuration))
        try await body(farm)
        await farm.database.close()
      }
    }
  }

  /// Runs a body on a separate embedded cluster with production settings.
  static func withCluster(_ body: @Sendable (TestFarm, EmbeddedCluster) async throws -> Void) async throws {
    try await TestFolder.with { home in
      let cluster = EmbeddedCluster(home: home)
      let settings = FarmSettings(home: home)
      let opened = try await FarmDatabase.open(settings)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(TestFarm(home, opened.configuration, url: nil), cluster))
      } catch {
        result = .failure(error)
      }
      await opened.close()
      try await cluster.stop(.immediate)
      try result.get()
    }
  }

  /// - Parameter url: the database's URL for the daemons; if nil, the cluster in the data folder.
  private init(_ home: String, _ configuration: PostgresConfiguration, url: String?) async throws {
    self.home = home
    database = FarmDatabase(pool: PostgresPool(configuration))
    store = ArtifactStore(home: home)
    var environment = ["EMOFARM_HOME": home, "HOME": home, "XDG_CONFIG_HOME": home, "EMOFARM_MINIMUM_FREE_BYTES": "1"]
    environment["EMOFARM_DATABASE_URL"] = url
    environment["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
    environment[DebugGates.variable] = "\(home)/gates"
    self.environment = environment
    try await register(SourceTree.tinyModel)
  }

  /// Registers a folder as the model that the batches use.
  func register(_ folder: String, name: String = Undisturbed.model) async throws {
    let model = try ModelFolder(folder).describe()
    try await database.models.register(model.named(name), replacing: true)
  }

  /// Registers the shipped model under a path that each daemon reads in its own working folder, as if each ran on a
  /// host of its own. The copies are `WORKING FOLDER/model`.
  func registerCopiesByHost() async throws {
    let model = try ModelFolder(SourceTree.tinyModel).describe()
    try await database.models.register(
      ModelDescription(
        name: Undisturbed.model, folder: "/proc/self/cwd/model", digest: model.digest, multiple: model.multiple,
        files: model.files, defaults: model.defaults),
      replacing: true)
  }

  /// A host's working folder with a copy of the shipped model.
  func host(_ name: String) throws -> String {
    let folder = "\(home)/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: "\(folder)/model")
    return folder
  }

  /// A copy of the shipped model that a test may damage.
  func copyOfTheModel(_ name: String = "model") throws -> String {
    let folder = "\(home)/\(name)"
    try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
    return folder
  }

  /// Number of images in the store, published or not.
  func files() -> Int {
    let names = FileManager.default.enumerator(atPath: "\(home)/artifacts")?.compactMap { $0 as? String } ?? []
    return names.count { $0.hasSuffix(".png") }
  }

  /// Enqueues a batch, of the images that ``Undisturbed`` knows unless another emotion is given.
  func enqueue(
    _ images: Int, chunk: Int, attempts: Int = 3, model name: String = Undisturbed.model,
    emotion: EmotionSpec = Undisturbed.emotion, require: [String] = [], measure: AddedFile? = nil,
    acceptance: Acceptance? = nil
  ) async throws -> Int64 {
    let model = try await database.models.find(name)
    let spec = BatchSpec(
      name: "test", model: model.name, seed: Undisturbed.seed, chunk: chunk, maxAttempts: attempts,
      require: require, measure: measure, acceptance: acceptance, settings: SettingsOverride(steps: Undisturbed.steps),
      cells: [CellSpec(emotions: [emotion], count: images)])
    let plan = try spec.plan(defaults: model.defaults, multiple: model.multiple)
    return try await database.batches.enqueue(plan, model: model).id
  }

  /// Starts an `emofarmd` with one thread.
  ///
  /// - Parameter lease: in seconds; the minimum of five is for tests whose lease is to expire. Heartbeats, which
  ///   deliver a pause or a cancel, are a twentieth of it apart.
  func daemon(
    _ name: String, _ arguments: [String] = [], lease: Int = 20, environment more: [String: String] = [:],
    in folder: String? = nil
  ) throws -> Daemon {
    try Daemon(
      ["--name", name, "--threads", "1", "--lease", "\(lease)"] + arguments,
      environment: environment.merging(more) { $1 }, log: "\(home)/\(name).log", folder: folder)
  }

  /// Creates a gate that holds the next daemon that reaches the point.
  func gate(_ point: WorkPoint) throws -> Gate { try Gate(point, in: gates) }

  /// Waits until a batch has this many images, with a daemon that is held before the next one.
  func publishes(_ images: Int, of batch: Int64, _ daemon: Daemon) async throws {
    do {
      try await eventually("batch \(batch) has \(images) images") {
        try await database.images.count(batch) == images
      }
    } catch {
      throw NotObserved(description: "\(error); the daemon's log:\n\(daemon.text)")
    }
  }

  /// Waits until the next finished block of a batch's only job causes a heartbeat: heartbeats are at most a second
  /// apart.
  ///
  /// - Parameter lease: of the daemon, in seconds.
  func heartbeatIsDue(_ batch: Int64, lease: Int = 20) async throws {
    try await eventually("a heartbeat of batch \(batch) is due") {
      try await database.pool.withConnection { connection in
        try await connection.query(
          """
          SELECT lease_expires_at < statement_timestamp() + make_interval(secs => \(lease - 2)) AS due
          FROM jobs WHERE batch_id = \(batch) AND state = 'running'
          """
        ).only().bool("due")
      }
    }
  }

  /// Waits for the note in the registry that explains why nothing is claimed.
  func saysWhyItWaits(_ daemon: Daemon) async throws {
    do {
      try await eventually("the worker says why it waits", within: .seconds(30)) {
        try await database.workers.list().contains { $0.note?.hasPrefix("waiting: ") == true }
      }
    } catch {
      throw NotObserved(description: "\(error); the daemon's log:\n\(daemon.text)")
    }
  }

  func run(_ sql: SQL) async throws {
    _ = try await database.pool.withConnection { try await $0.query(sql) }
  }

  /// Makes the database refuse changes, in the sessions of the daemons that are open too.
  func setReadOnly(_ isReadOnly: Bool) async throws {
    try await database.pool.withConnection { connection in
      try await connection.query("SET default_transaction_read_only = off")
      let name = database.configuration.database
      try await connection.query(
        "ALTER DATABASE \(identifier: name) SET default_transaction_read_only = \(unsafeRaw: isReadOnly ? "on" : "off")"
      )
      // The setting applies to new sessions.
      try await connection.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
    }
  }

  /// Waits until a daemon's registration is suspended, and returns it.
  @discardableResult
  func suspends(_ daemon: Daemon) async throws -> WorkerStatus {
    do {
      return try await eventually("the worker is suspended", within: .seconds(30)) {
        try await database.workers.list().first { $0.pid == Int(daemon.process) && $0.suspended != nil }
      }
    } catch {
      throw NotObserved(description: "\(error); the daemon's log:\n\(daemon.text)")
    }
  }

  func finishes(_ batch: Int64, _ daemons: Daemon...) async throws -> BatchStatus {
    do {
      return try await eventually("batch \(batch) is finished", within: .seconds(120)) {
        let status = try await database.batches.status(batch)
        return status.isFinished ? status : nil
      }
    } catch {
      throw NotObserved(description: "\(error); the daemons' logs:\n\(daemons.map(\.text).joined(separator: "\n"))")
    }
  }

  /// Expects that the promises hold, and that the images are the first ones of an undisturbed run, each once.
  func isSound(_ batch: Int64, images: Int? = nil, location: SourceLocation = #_sourceLocation) async throws {
    let findings = try await Audit(database: database, store: store).run(deep: true)
    #expect(findings.isEmpty, sourceLocation: location)
    let rows = try await database.images.page(batch)
    if let images { #expect(rows.map(\.index) == Array(0..<images), sourceLocation: location) }
    let expected = try await Undisturbed.files()
    for row in rows {
      #expect(row.sha256 == expected[row.index], "image \(row.index)", sourceLocation: location)
    }
  }

  private static func address(_ configuration: PostgresConfiguration) -> String {
    if let given = ProcessInfo.processInfo.environment["EMOFARM_TEST_DATABASE_URL"], !given.isEmpty,
      var url = URLComponents(string: given)
    {
      url.path = "/\(configuration.database)"
      return url.string ?? given
    }
    return """
      host=\(configuration.host) port=\(configuration.port) user=\(configuration.user) dbname=\(configuration.database)
      """
  }
}
