import Files
import Foundation
import TestSupport

/// A real `emofarmd` in a separate process.
final class Daemon: Sendable {
  typealias Ending = ChildProcess.Ending

  private let child: ChildProcess
  private let log: String

  var process: pid_t { child.id }

  /// - Parameters:
  ///   - log: the file that takes its log lines.
  ///   - environment: its whole environment.
  ///   - folder: its working folder; nil for this process's.
  init(_ arguments: [String], environment: [String: String], log: String, folder: String? = nil) throws {
    self.log = log
    child = try ChildProcess(
      Self.binary(), arguments, environment: environment, folder: folder, error: .file(log))
  }

  deinit {
    child.send(SIGKILL)
    _ = child.wait()
  }

  func send(_ signal: Int32) { child.send(signal) }

  /// The exit status; nil while it runs.
  func current() -> Ending? { child.current }

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
