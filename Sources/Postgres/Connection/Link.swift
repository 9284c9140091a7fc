import CLibPQ
import Files
import Foundation
import Logging

/// A libpq connection and the code that waits on it. It is used from one thread at a time, that of
/// ``PostgresConnection``.
///
/// libpq is in non-blocking mode. All waiting is a `poll` on its socket and on the wake pipe, so that cancellation
/// takes effect at any time. `PQfinish` is in `deinit`, so no path leaks a connection.
final class Link {
  let pipe: WakePipe
  let handle: OpaquePointer
  private let notices: NoticeSink
  /// Set if waiting for the server failed: any data that libpq reads next belongs to an abandoned statement.
  private var isAbandoned = false

  /// How long a statement may go without an answer.
  private let answerLimit: Duration?

  /// The request to cancel the statement that was sent last.
  private var cancellation: (deadline: ContinuousClock.Instant, arrives: DispatchSemaphore)?

  /// The time that a cancelled statement has to end before the connection is abandoned, and the request to reach the server.
  private static let cancelGrace = Duration.seconds(5)

  /// Connects within the configuration's timeout.
  ///
  /// - Throws: ``PostgresError`` (`connectionFailed`) or `CancellationError`.
  init(_ configuration: PostgresConfiguration, logger: Logger, interrupt: Interrupt, pipe: WakePipe) throws {
    self.pipe = pipe
    answerLimit = configuration.limits.answer
    let parameters = configuration.effectiveParameters.sorted { $0.key < $1.key }
    let keywords = parameters.map { strdup($0.key) }
    let values = parameters.map { strdup($0.value) }
    defer { (keywords + values).forEach { free($0) } }
    let started = PQconnectStartParams(
      keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 0)
    guard let started else {
      throw PostgresError(.connectionFailed, "libpq is out of memory")
    }
    handle = started
    notices = NoticeSink(logger)
    notices.attach(to: handle)
    // While connecting, only the verbose form of an error message contains the SQLSTATE.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    // Everything is initialised here, so `deinit` finishes the connection even if the next line throws.
    try connect(configuration, interrupt)
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    PQsetnonblocking(handle, 1)
  }

  deinit {
    PQfinish(handle)
  }

  var isBroken: Bool { isAbandoned || PQstatus(handle) == CONNECTION_BAD }
  var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }
  var serverProcess: Int32 { PQbackendPID(handle) }
  var serverVersion: ServerVersion {
    ServerVersion(
      number: PQserverVersion(handle),
      text: PQparameterStatus(handle, "server_version").map { String(cString: $0) } ?? "")
  }

  private func connect(_ configuration: PostgresConfiguration, _ interrupt: Interrupt) throws {
    let deadline = ContinuousClock.now + configuration.connectTimeout
    var wanted = Int16(POLLOUT)
    while PQstatus(handle) != CONNECTION_BAD {
      try poll(for: wanted, until: deadline)
      if interrupt.isRaised { throw CancellationError() }
      if ContinuousClock.now >= deadline {
        throw PostgresError.timedOut(configuration)
      }
      switch PQconnectPoll(handle) {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: wanted = Int16(POLLIN)
      case PGRES_POLLING_WRITING: wanted = Int16(POLLOUT)
      default: throw PostgresError.connecting(handle, configuration)
      }
    }
    throw PostgresError.connecting(handle, configuration)
  }

  /// Waits for the socket or the wake pipe and returns the events for which the socket is ready.
  @discardableResult
  func poll(for events: Int16, until deadline: ContinuousClock.Instant? = nil) throws -> Int16 {
    var set = [
      pollfd(fd: PQsocket(handle), events: events, revents: 0),
      pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    var timeout: Int32 = -1
    if let deadline {
      let left = ContinuousClock.now.duration(to: deadline).components
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
      timeout = Int32(clamping: max(0, milliseconds))
    }
    if Foundation.poll(&set, 2, timeout) < 0, errno != EINTR {
      throw lost("poll failed: \(SystemError())")
    }
    if set[1].revents != 0 { pipe.drain() }
    return set[0].revents
  }

  /// Sends buffered data and waits until a result can be read without blocking.
  ///
  /// If the interrupt is raised, the server is asked once to cancel the statement, and the wait continues for its answer.
  func drive(_ interrupt: Interrupt?, until ready: () -> Bool) throws {
    let limit = answerLimit.map { ContinuousClock.now + $0 }
    while true {
      let flushed = PQflush(handle)
      if flushed < 0 { throw lost() }
      if flushed == 0, ready() { return }
      if let interrupt, interrupt.isRaised, cancellation == nil { requestCancel() }
      let deadline = cancellation?.deadline
      if let deadline, ContinuousClock.now >= deadline {
        throw lost("a cancelled statement did not end within \(Self.cancelGrace)")
      }
      if let limit, let answerLimit, ContinuousClock.now >= limit {
        throw lost("the server did not answer within \(answerLimit)")
      }
      let events = try poll(for: Int16(POLLIN) | (flushed == 0 ? 0 : Int16(POLLOUT)), until: deadline ?? limit)
      if events & ~Int16(POLLOUT) != 0, PQconsumeInput(handle) == 0 {
        throw lost()
      }
    }
  }

  /// The next result of the current statement, or nil at its end.
  ///
  /// - Parameter failure: the server's last error, which is the reason if the connection ends now.
  func nextResult(_ interrupt: Interrupt?, after failure: PostgresError? = nil) throws -> PQResult? {
    do {
      try drive(interrupt) { PQisBusy(handle) == 0 }
    } catch let error as PostgresError {
      throw failure.map { PostgresError.lost($0.message, sqlState: $0.sqlState) } ?? error
    }
    return PQgetResult(handle).map(PQResult.init)
  }

  /// Reads pending input while no statement is running, so that a connection closed by the server is recognised as
  /// broken.
  func refresh() {
    for _ in 0..<100 where !isBroken {
      var set = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      guard Foundation.poll(&set, 1, 0) > 0, PQconsumeInput(handle) != 0 else { return }
    }
  }

  /// Asks on a thread of its own, because libpq waits for the server to close the connection of the request, which a
  /// server that is stopped never does.
  private func requestCancel() {
    let arrives = DispatchSemaphore(value: 0)
    cancellation = (.now + Self.cancelGrace, arrives)
    // The request is a copy that only this thread uses.
    guard let cancel = PQgetCancel(handle) else { return _ = arrives.signal() }
    nonisolated(unsafe) let request = cancel
    let logger = notices.logger
    Thread.detachNewThread {
      defer { arrives.signal() }
      defer { PQfreeCancel(request) }
      var message = [CChar](repeating: 0, count: 256)
      if PQcancel(request, &message, Int32(message.count)) == 0 {
        logger.debug("the server could not be asked to cancel the statement")
      }
    }
  }

  /// Waits until a request to cancel the statement before has reached the server: it would cancel the next one.
  func settleCancellation() throws {
    guard let (_, arrives) = cancellation else { return }
    guard arrives.wait(timeout: .now() + .seconds(Int(Self.cancelGrace.components.seconds))) == .success else {
      throw lost("the request to cancel a statement did not reach the server within \(Self.cancelGrace)")
    }
    cancellation = nil
  }

  /// Marks the connection as broken and returns the error. No statement can be sent afterwards.
  func lost(_ reason: String? = nil) -> PostgresError {
    isAbandoned = true
    return PostgresError.lost(reason ?? String(cString: PQerrorMessage(handle)))
  }
}
