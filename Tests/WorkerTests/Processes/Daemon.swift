import Foundation
import Synchronization
import TestSupport

/// A real `emofarmd` in a separate process.
final class Daemon: Sendable {
  enum Ending: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  let process: pid_t
  private let log: String
  private let ending = Mutex<Ending?>(nil)

  /// - Parameters:
  ///   - log: the file that takes its log lines.
  ///   - environment: its whole environment.
  ///   - folder: its working folder; nil for this process's.
  init(_ arguments: [String], environment: [String: String], log: String, folder: String? = nil) throws {
    self.log = log
    let binary = try Self.binary()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    // A test runner may have blocked signals; the daemon must start as from a shell.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // env(1) changes the folder and becomes the daemon.
    let program = folder == nil ? binary : "/usr/bin/env"
    let words = ((folder.map { [program, "-C", $0] } ?? []) + [binary] + arguments).map { strdup($0) }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { (words + variables).forEach { free($0) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, program, &actions, &attributes, words + [nil], variables + [nil])
    guard status == 0 else { throw NotObserved(description: "\(binary): \(String(cString: strerror(status)))") }
    self.process = process
  }

  deinit {
    if current() == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
  }

  func send(_ signal: Int32) {
    kill(process, signal)
  }

  /// The exit status; nil while it runs.
  func current() -> Ending? {
    ending.withLock { ending in
      if ending != nil { return ending }
      var status: Int32 = 0
      guard waitpid(process, &status, WNOHANG) == process else { return nil }
      let signal = status & 0x7F
      ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
      return ending
    }
  }

  func end(within limit: Duration = .seconds(60)) async throws -> Ending {
    do {
      return try await eventually("the daemon ends", within: limit) { current() }
    } catch {
      throw NotObserved(description: "\(error); its log:\n\(text)")
    }
  }

  /// The log so far.
  var text: String {
    String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
  }

  /// Waits for any of several messages.
  func logs(_ message: String, or other: String? = nil, within limit: Duration = .seconds(60)) async throws {
    do {
      try await eventually("the daemon logs '\(message)'", within: limit) {
        text.contains(message) || other.map { text.contains($0) } == true
      }
    } catch {
      throw NotObserved(description: "\(error); its log:\n\(text)")
    }
  }

  /// Waits until this or another daemon is held at a gate.
  func comes(to gate: Gate, or other: Daemon? = nil) async throws {
    do {
      try await eventually("a daemon comes to a gate", within: .seconds(90)) { gate.holds() }
    } catch {
      throw NotObserved(description: "\(error); its log:\n\(text)\n\(other?.text ?? "")")
    }
  }

  /// The program in the folder that the test bundle was built in.
  private static func binary() throws -> String {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    let bundle = maps.split(separator: "\n").lazy.compactMap { line in
      line.firstIndex(of: "/").map { line[$0...] }
    }.first { $0.hasSuffix(".xctest") }
    let folder = bundle.map { URL(filePath: String($0)).deletingLastPathComponent().path } ?? "."
    let path = "\(folder)/emofarmd"
    guard access(path, X_OK) == 0 else {
      throw NotObserved(description: "\(path) is missing: build the product first (swift build --build-tests does)")
    }
    return path
  }
}
