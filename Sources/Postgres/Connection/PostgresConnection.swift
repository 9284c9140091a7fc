import CLibPQ
import Files
package import Logging
import Synchronization

/// A connection to PostgreSQL.
///
/// It blocks no thread of Swift's cooperative pool (see ``BlockingExecutor``). Statements of several tasks are queued.
/// A transaction belongs to the task that began it, so use a ``PostgresPool`` to share connections. Cancelling a task
/// sends the server a cancel request and throws `CancellationError`; the connection remains usable. A broken connection
/// stays broken: reconnecting is the pool's task.
package actor PostgresConnection {
  package nonisolated let configuration: PostgresConfiguration
  package nonisolated let logger: Logger
  private let executor = BlockingExecutor(label: "emofarm.postgres.connection")
  private let pipe: WakePipe
  private var link: Link?
  /// ``serverProcess``, for readers that must not wait while a statement runs; 0 if it is not known.
  nonisolated let lastServerProcess = Atomic<Int32>(0)
  private var cache = StatementCache()
  /// Set while the link is behind a pooler: the settings of each transaction.
  var transactionSettings: SessionSettings?
  private var prelude: BoundStatement?
  var isTransactionOpen = false

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private init(_ configuration: PostgresConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    pipe = try WakePipe()
  }

  /// Connects and sets the session's limits, date style, bytea format and time zone (UTC), so that values have one known
  /// form. Behind a pooler, they are set in each transaction instead.
  ///
  /// - Throws: ``PostgresError`` (`connectionFailed`, `serverVersion`) whose message says what to do next.
  package static func connect(
    _ configuration: PostgresConfiguration, logger: Logger = .silent
  ) async throws -> PostgresConnection {
    let connection = try PostgresConnection(configuration, logger: logger)
    try await connection.open()
    return connection
  }

  private func open() async throws {
    try await interruptible { interrupt in
      let link = try Link(configuration, logger: logger, interrupt: interrupt, pipe: pipe)
      if let problem = link.serverVersion.problem { throw problem }
      self.link = link
      let isPooled =
        switch configuration.pooling {
        case .session: false
        case .transaction: true
        case .auto: try serverProcess(link, interrupt) != link.serverProcess
        }
      let settings = SessionSettings(
        configuration.limits, version: link.serverVersion.number, isPooled: isPooled)
      if isPooled {
        prelude = try BoundStatement(settings.forTransactionAsQuery)
        transactionSettings = settings
        return
      }
      lastServerProcess.store(link.serverProcess, ordering: .relaxed)
      _ = try script(settings.forSession, interrupt)
    }
  }

  private func serverProcess(_ link: Link, _ interrupt: Interrupt) throws -> Int32 {
    let statement = "SELECT pg_backend_pid()"
    try link.send { PQsendQuery($0, statement) }
    return Int32(try link.rows(statement, interrupt).only().int(0))
  }

  /// Whether statements go through a pooler, so that nothing outlives a transaction.
  package var isPooled: Bool { transactionSettings != nil }

  /// The server's version; nil once the connection is closed.
  package var serverVersion: ServerVersion? { link?.serverVersion }

  /// Closes the connection. Later statements throw `connectionClosed`.
  package func close() {
    link = nil
  }

  /// Whether statements can be sent, as far as is known without asking the server.
  package var isUsable: Bool {
    guard let link else { return false }
    link.refresh()
    return !link.isBroken
  }

  /// Whether the connection may be passed to another task: it is usable and not in a transaction.
  var isReusable: Bool { isUsable && !isTransactionOpen && link?.isInTransaction == false }

  /// The id of the server process for this connection, as in `pg_stat_activity.pid`; behind a pooler 0 outside of a
  /// transaction.
  package var serverProcess: Int32 { lastServerProcess.load(ordering: .relaxed) }

  /// Runs one statement.
  ///
  /// - Throws: ``PostgresError``. After `connectionLost` it is unknown whether a statement outside a transaction took
  ///   effect.
  @discardableResult
  package func query(_ sql: SQL) async throws -> QueryResult {
    let statement = try BoundStatement(sql)
    return try await interruptible { interrupt in try run(statement, interrupt) }
  }

  /// Runs a script of any number of statements without parameters, as one implicit transaction unless the script
  /// controls its own.
  package func execute(script text: String) async throws {
    try await interruptible { interrupt in
      let settings = link?.isInTransaction == false ? transactionSettings : nil
      _ = try script(settings.map { "\($0.forTransaction); \(text)" } ?? text, interrupt)
    }
  }
}

extension PostgresConnection {
  /// Runs a body that waits for the server and forwards the task's cancellation to it.
  func interruptible<T>(_ body: (Interrupt) throws -> T) async throws -> T {
    try Task.checkCancellation()
    let interrupt = Interrupt(pipe)
    return try await withTaskCancellationHandler {
      // The call goes through `self`: a closure that does not capture the actor would leave its executor (Swift 6.3).
      try self.perform(body, interrupt)
    } onCancel: {
      interrupt.raise()
    }
  }

  private func perform<T>(_ body: (Interrupt) throws -> T, _ interrupt: Interrupt) throws -> T {
    preconditionIsolated()
    do {
      return try body(interrupt)
    } catch let error as PostgresError where error.sqlState == .queryCanceled && interrupt.isRaised {
      throw CancellationError()
    }
  }

  /// The open link.
  ///
  /// - Throws: ``PostgresError`` (`connectionClosed`) if the connection is closed or broken.
  func usable() throws -> Link {
    guard let link else {
      throw PostgresError(.connectionClosed, "the connection to PostgreSQL is closed", hint: "open a new one")
    }
    guard !link.isBroken else {
      throw PostgresError(
        .connectionClosed, "the connection to PostgreSQL broke earlier", hint: "open a new one")
    }
    return link
  }

  /// Runs a statement on the connection's thread, as a prepared statement if the cache decides so.
  func run(_ statement: BoundStatement, _ interrupt: Interrupt?) throws -> QueryResult {
    let link = try usable()
    if let prelude {
      guard !link.isInTransaction else {
        try link.send { statement.send($0) }
        return try link.rows(statement.text, interrupt)
      }
      return try link.rows(of: statement, after: prelude, interrupt)
    }
    let key = statement.cacheKey
    switch cache.use(key) {
    case .once:
      try link.send { statement.send($0) }
    case .execute(let name):
      do {
        try link.send { statement.send($0, prepared: name) }
        return try link.rows(statement.text, interrupt)
      } catch let error as PostgresError where error.meansStalePlan && !link.isInTransaction {
        // The table changed under the prepared plan. Nothing was executed, so the statement is sent again unprepared.
        cache.forget(key)
        _ = try script("DEALLOCATE \(name)", interrupt)
        try link.send { statement.send($0) }
      }
    case .prepare(let name, let evicted):
      do {
        if let evicted { _ = try script("DEALLOCATE \(evicted)", interrupt) }
        try link.send { statement.prepare($0, name: name) }
        _ = try link.rows(statement.text, interrupt)
      } catch {
        cache.forget(key)
        throw error
      }
      try link.send { statement.send($0, prepared: name) }
    }
    return try link.rows(statement.text, interrupt)
  }

  /// Runs a script on the connection's thread and returns the tag of its last command.
  func script(_ text: String, _ interrupt: Interrupt?) throws -> String {
    let link = try usable()
    try link.send { PQsendQuery($0, text) }
    return try link.collect(text, interrupt).last?.command ?? ""
  }
}

extension Logger {
  /// A logger that discards everything, the default for callers without one.
  package static var silent: Logger {
    Logger(label: "emofarm.postgres") { _ in SwiftLogNoOpLogHandler() }
  }
}
