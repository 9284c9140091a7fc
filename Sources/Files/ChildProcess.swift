import CFiles
package import Glibc
import Synchronization

/// A program that was started by this process.
///
/// It gets the three given descriptors and no other open file of this process, whatever other threads open in the same
/// moment: a server that is started here outlives its starter, and a pipe or socket that it inherited by chance would
/// never come to its end for those who wait for it.
package final class ChildProcess: Sendable {
  package enum Ending: Hashable, Sendable {
    case exited(Int32)
    case killed(Int32)

    /// The status as a shell tells it: that of the exit, or 128 and the signal.
    package var status: Int32 {
      switch self {
      case .exited(let status): status
      case .killed(let signal): 128 + signal
      }
    }
  }

  /// What the program reads or writes through one of its standard descriptors.
  package enum Stream: Sendable {
    case nothing
    /// A file that is read, or to whose end is written; it is created for writing.
    case file(String)
    /// An open descriptor of this process.
    case descriptor(Int32)
  }

  package let id: pid_t
  private let ending = Mutex<Ending?>(nil)

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: Its path; PATH is not searched.
  ///   - environment: Its whole environment.
  ///   - folder: Its working folder; nil for this process's.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String], folder: String? = nil,
    input: Stream = .nothing, output: Stream = .nothing, error: Stream = .nothing
  ) throws(SystemError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Descriptors first: opening a file as 1 must not replace a source of 2.
    let streams = [(Int32(0), input), (1, output), (2, error)]
    for case (let number, .descriptor(let source)) in streams {
      posix_spawn_file_actions_adddup2(&actions, source, number)
    }
    for (number, stream) in streams {
      let mode = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
      switch stream {
      case .nothing: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
      case .file(let path): posix_spawn_file_actions_addopen(&actions, number, path, mode, 0o644)
      case .descriptor: break
      }
    }
    guard cfiles_close_from(&actions, 3) == 0 else { throw SystemError(ENOMEM) }
    if let folder, cfiles_change_folder(&actions, folder) != 0 { throw SystemError(ENOMEM) }

    // A thread of this process may have blocked signals; the program starts as from a shell.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let words = ([program] + arguments).map { strdup($0) }
    let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") }
    defer { (words + variables).forEach { free($0) } }
    var id: pid_t = 0
    let code = posix_spawn(&id, program, &actions, &attributes, words + [nil], variables + [nil])
    guard code == 0 else { throw SystemError(code) }
    self.id = id
  }

  /// How it ended; nil while it runs.
  package var current: Ending? { end(WNOHANG) }

  /// Blocks until it has ended, so call it on a ``BlockingExecutor``.
  package func wait() -> Ending { end(0) ?? .exited(-1) }

  /// Sends a signal, unless it was seen to have ended: its id may belong to another process since.
  package func send(_ signal: Int32) {
    ending.withLock { if $0 == nil { kill(id, signal) } }
  }

  private func end(_ options: Int32) -> Ending? {
    if options == 0 {
      // Without the lock, so that a signal can be sent meanwhile; WNOWAIT leaves the ending to be taken below.
      var information = siginfo_t()
      _ = Descriptor.uninterrupted { waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) }
    }
    return ending.withLock { ending in
      if ending != nil { return ending }
      var status: Int32 = 0
      guard Descriptor.uninterrupted({ waitpid(id, &status, WNOHANG) }) == id else { return nil }
      let signal = status & 0x7F
      ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
      return ending
    }
  }

  /// Runs a program to its end and collects what it prints on standard output and error, interleaved.
  ///
  /// Blocks, so call it on a ``BlockingExecutor``. Output that cannot be read is lost; the ending decides.
  package static func run(
    _ program: String, _ arguments: [String], environment: [String: String], folder: String? = nil
  ) throws(SystemError) -> (ending: Ending, output: [UInt8]) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError() }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let process: ChildProcess
    do throws(SystemError) {
      process = try ChildProcess(
        program, arguments, environment: environment, folder: folder, output: .descriptor(ends[1]),
        error: .descriptor(ends[1]))
    } catch {
      close(ends[1])
      throw error
    }
    close(ends[1])
    let output = (try? Descriptor.read(from: ends[0])) ?? []
    return (process.wait(), output)
  }
}
