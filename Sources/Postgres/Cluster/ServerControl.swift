import CLibPQ
import Files
import Foundation

/// Makes, starts and stops an embedded server; every call blocks and must hold the cluster's lock.
struct ServerControl {
  let files: ClusterFiles
  let account: ServerAccount
  let settings: [String: String]

  private static let startSeconds = 300
  private static let stopSeconds = 60

  /// Makes the folders with the right owner and mode.
  func prepareFolders() throws {
    try? FileManager.default.createDirectory(
      atPath: URL(filePath: files.folder).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try account.checkCanReach(URL(filePath: files.folder).deletingLastPathComponent().path)
    for folder in [files.folder, files.run] {
      if mkdir(folder, 0o700) != 0, errno != EEXIST {
        throw PostgresError(.cluster, "\(folder) cannot be made: \(SystemError())")
      }
      var status = stat()
      guard stat(folder, &status) == 0 else {
        throw PostgresError(.cluster, "\(folder) cannot be read: \(SystemError())")
      }
      guard status.st_uid == account.user || geteuid() == 0 else {
        throw PostgresError(
          .cluster, "\(folder) belongs to user \(status.st_uid) and not to \(account.name)",
          hint: "run as the user who made the data folder, or choose another one with EMOFARM_HOME")
      }
      try account.own(folder)
      chmod(folder, 0o700)
    }
  }

  /// Makes the cluster if there is none, and starts its server.
  func start() throws {
    let installation = try ServerInstallation.find(major: files.dataVersion)
    if files.dataVersion == nil { try initialise(installation) }
    try write(ClusterSettings.configuration(run: files.run, overrides: settings), to: "\(files.data)/emofarm.conf")
    if files.logSize > 16 << 20 { rename(files.log, files.log + ".1") }
    // Under the lock and with no server in the data folder, whatever these files name is gone, or is a zombie that
    // a container's first process never waits for and that the server would take for alive.
    for leftover in [files.processFile, files.socket, files.socket + ".lock"] { unlink(leftover) }
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let before = files.logSize
      let outcome = try command(
        installation.program("pg_ctl"),
        ["start", "-D", files.data, "-l", files.log, "-w", "-t", String(Self.startSeconds), "-s"])
      if outcome.status == 0 { return }
      let log = files.logTail(from: before)
      // Backends of a server that was killed hold its shared memory until they notice.
      guard log.contains("shared memory block"), ContinuousClock.now < deadline else {
        throw PostgresError(
          .cluster, "the embedded PostgreSQL server did not start: \(outcome.output.trimmed)",
          detail: "the end of \(files.log):\n\(log.isEmpty ? "(empty)" : log)",
          hint: "correct what the log names and try again")
      }
      usleep(100_000)
    }
  }

  func stop(_ mode: EmbeddedCluster.StopMode) throws {
    let installation = try ServerInstallation.find(major: files.dataVersion)
    let arguments = ["stop", "-D", files.data, "-m", mode.rawValue, "-w", "-t", String(Self.stopSeconds), "-s"]
    let outcome = try command(installation.program("pg_ctl"), arguments)
    guard outcome.status == 0 || files.process == nil else {
      throw PostgresError(
        .cluster, "the embedded PostgreSQL server did not stop: \(outcome.output.trimmed)",
        hint: "read \(files.log), end what keeps it busy and try again")
    }
  }

  private func initialise(_ installation: ServerInstallation) throws {
    guard access(files.data, F_OK) != 0 else {
      throw PostgresError(
        .cluster, "\(files.data) exists and holds no PostgreSQL cluster", hint: "move it away and try again")
    }
    try? FileManager.default.removeItem(atPath: files.unfinishedData)
    let outcome = try command(
      installation.program("initdb"),
      [
        "-D", files.unfinishedData, "-U", ClusterSettings.role, "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
        "--auth-local=peer", "--auth-host=reject", "--no-instructions",
      ])
    guard outcome.status == 0 else {
      throw PostgresError(.cluster, "initdb failed in \(files.unfinishedData)", detail: outcome.output.trimmed)
    }
    let main = "\(files.unfinishedData)/postgresql.conf"
    let text = (try? String(contentsOfFile: main, encoding: .utf8)) ?? ""
    try write(text + "\ninclude = 'emofarm.conf'\n", to: main)
    try write(ClusterSettings.access, to: "\(files.unfinishedData)/pg_hba.conf")
    try write(ClusterSettings.users(account), to: "\(files.unfinishedData)/pg_ident.conf")
    guard rename(files.unfinishedData, files.data) == 0 else {
      throw PostgresError(.cluster, "\(files.data) cannot be made: \(SystemError())")
    }
  }

  private func write(_ text: String, to path: String) throws {
    do {
      try text.write(toFile: path, atomically: false, encoding: .utf8)
    } catch {
      throw PostgresError(.cluster, "\(path) cannot be written: \(error.localizedDescription)")
    }
    try account.own(path)
    chmod(path, 0o600)
  }

  private func command(_ program: String, _ arguments: [String]) throws -> ChildProcess.Outcome {
    let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": files.folder]
    // From a folder the server's user can enter: the caller's may not be one.
    return try ChildProcess.run(
      "/usr/bin/env", ["-C", files.folder] + account.prefix + [program] + arguments, environment: environment)
  }
}
