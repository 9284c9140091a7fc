import Files
import Foundation

/// The folders and files of an embedded cluster.
struct ClusterFiles {
  /// `<home>/postgres`
  let folder: String

  var data: String { "\(folder)/data" }
  /// The working folder of `initdb`, renamed to `data` on success, so that an interrupted run leaves no partial
  /// cluster.
  var unfinishedData: String { "\(folder)/data.new" }
  /// The socket's folder.
  var run: String { "\(folder)/run" }
  var log: String { "\(folder)/server.log" }
  var lock: String { "\(folder)/lock" }
  var processFile: String { "\(data)/postmaster.pid" }
  var socket: String { "\(run)/.s.PGSQL.\(Self.port)" }

  /// The port is only part of the socket's name: the server does not listen on TCP.
  static let port = 5432
  /// `sun_path` of `sockaddr_un` holds 108 bytes including its NUL.
  private static let longestSocket = 107

  init(home: String) {
    folder = URL(filePath: home).standardizedFileURL.path + "/postgres"
  }

  /// - Throws: ``PostgresError`` (`cluster`) if the socket's path is too long for the system.
  func checkSocketLength() throws {
    guard socket.utf8.count > Self.longestSocket else { return }
    throw PostgresError(
      .cluster,
      "\(socket) has \(socket.utf8.count) bytes, but a Unix socket's path may have at most \(Self.longestSocket)",
      hint: "choose a data folder with a shorter path in EMOFARM_HOME")
  }

  /// The major version that created the data; nil if there are none.
  var dataVersion: Int? {
    let text = try? String(contentsOfFile: "\(data)/PG_VERSION", encoding: .utf8)
    return text.flatMap { Int($0.trimmed) }
  }

  /// The running server's process, distinguished from any other process that now has its recorded id.
  ///
  /// Ids are reused after a restart of the machine or container.
  var process: Int32? {
    guard let process = recordedProcess, kill(process, 0) == 0 else { return nil }
    // A server's working directory is its data folder. Root without the ptrace capability cannot read it and checks
    // name and owner instead.
    guard let working = Self.target(ofLink: "/proc/\(process)/cwd") else {
      return errno == EACCES && isServerOfOwner(process) ? process : nil
    }
    guard let resolved = realpath(data, nil) else { return nil }
    defer { free(resolved) }
    return working == String(cString: resolved) ? process : nil
  }

  private func isServerOfOwner(_ process: Int32) -> Bool {
    var owner = stat()
    var running = stat()
    guard stat(data, &owner) == 0, stat("/proc/\(process)", &running) == 0 else { return false }
    // The command line of a zombie is empty.
    let command = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
    let program = command?.split(separator: "\0").first.map(String.init) ?? ""
    return owner.st_uid == running.st_uid && (program == "postgres" || program.hasSuffix("/postgres"))
  }

  /// Waits for the lock that guards creating, starting and stopping the cluster; blocks the thread.
  ///
  /// - Throws: ``PostgresError`` (`cluster`).
  func takeLock() throws -> FileLock {
    do throws(FileError) {
      return try FileLock(waitingFor: lock, mode: 0o600)
    } catch {
      throw PostgresError(.cluster, error.description)
    }
  }

  private static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  private var recordedProcess: Int32? {
    guard let text = try? String(contentsOfFile: processFile, encoding: .utf8) else { return nil }
    return text.split(whereSeparator: \.isNewline).first.flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// The last lines of the log after a byte offset.
  func logTail(from offset: UInt64 = 0, lines: Int = 12) -> String {
    guard let file = FileHandle(forReadingAtPath: log) else { return "" }
    defer { try? file.close() }
    let end = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: max(offset, end > 16_384 ? end - 16_384 : 0))
    let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).suffix(lines).joined(separator: "\n")
  }

  var logSize: UInt64 {
    var status = stat()
    return stat(log, &status) == 0 ? UInt64(status.st_size) : 0
  }
}
