import Files
import Foundation

/// Runs a program to completion and collects its output.
enum ChildProcess {
  struct Outcome {
    /// The exit status; 128 + signal if the program was killed.
    let status: Int32
    /// Standard output and standard error, interleaved.
    let output: String
  }

  /// Blocks until the program has ended, so call it on a ``BlockingExecutor``.
  ///
  /// The environment is not inherited, so that the caller's `PGDATA` or `LC_MESSAGES` has no effect. Open files are not
  /// inherited either.
  /// - Throws: ``PostgresError`` (`cluster`) if the program cannot be started.
  static func run(_ program: String, _ arguments: [String], environment: [String: String]) throws -> Outcome {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure(program, errno) }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    // A server outlives this process: a lock or pipe inherited from the caller would stay open with it.
    for descriptor in openDescriptors() where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    let argv = ([program] + arguments).map { strdup($0) }
    let envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") }
    defer { (argv + envp).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, nil, argv + [nil], envp + [nil])
    close(ends[1])
    guard code == 0 else { throw failure(program, code) }

    // Output that the pipe cannot deliver is lost; the exit status decides.
    let output = (try? Descriptor.read(from: ends[0])) ?? []
    var status: Int32 = 0
    _ = Descriptor.uninterrupted { waitpid(process, &status, 0) }
    let signal = status & 0x7f
    return Outcome(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: String(decoding: output, as: UTF8.self))
  }

  private static func openDescriptors() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { Int32($0) }
  }

  private static func failure(_ program: String, _ code: Int32) -> PostgresError {
    PostgresError(.cluster, "\(program) could not be started: \(SystemError(code))")
  }
}
