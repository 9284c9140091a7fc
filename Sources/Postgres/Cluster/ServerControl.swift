import CLibPQ
import Files
import Foundation

/// Creates, starts and stops an embedded server. Every call blocks and must be made while holding the cluster's lock.
struct ServerControl {
  let files: ClusterFiles
  let account: ServerAccount
  let settings: [String: String]

  private static let startSeconds = 300
  private static let stopSeconds = 60

  /// Creates the folders with the right owner and mode.
  func prepareFolders() throws {
    try? FileManager.default.createDirectory(
      atPath: URL(filePath: files.folder).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try account.checkCanReach(URL(filePath: files.folder).deletingLastPathComponent().path)
    for folder in [files.folder, files.run] {
      if mkdir(folder, 0o700) != 0, errno != EEXIST {
        throw PostgresError(.cluster, "\(folder) cannot be created: \(SystemError())")
      }
      var status = stat()
      guard stat(folder, &status) == 0 else {
        throw PostgresError(.cluster, "\(folder) cannot be read: \(SystemError())")
      }
      guard status.st_uid == account.user || geteuid() == 0 else {
        throw PostgresError(
          .cluster, "\(folder) belongs to user \(status.st_uid), not to \(account.name)",
          hint: "run as the user who created the data folder, or choose another one with EMOFARM_HOME")
      }
      try account.own(folder)
      chmod(folder, 0o700)
    }
  }

  /// Creates the cluster if it does not exist, and starts its server.
  func start() throws {
    let installation = try ServerInstallation.find(major: files.dataVersion)
    if files.dataVersion == nil { try initialise(installation) }
    try write(ClusterSettings.configuration(run: files.run, overrides: settings), to: "\(files.data)/emofarm.conf")
    if files.logSize > 16 << 20 { rename(files.log, files.log + ".1") }
    // The lock is held and no server uses the data folder. The process named in these files is therefore gone, or it is
    // a zombie that a container's init process never reaps and that the server would consider alive.
    for leftover in [files.processFile, files.socket, files.socket + ".lock"] { unlink(leftover) }
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let before = files.logSize
      let outcome = try command(
        installation.program("pg_ctl"),
        ["start", "-D", files.data, "-l", files.log, "-w", "-t", String(Self.startSeconds), "-s"])
      if outcome.status == 0 { return }
      let log = files.logTail(from: before)
      // Backends of a killed server keep its shared memory until they notice.
      guard log.contains("shared memory block"), ContinuousClock.now < deadline else {
        throw PostgresError(
          .cluster, "the embedded PostgreSQL server did not start: \(outcome.output.trimmed)",
          detail: "the end of \(files.log):\n\(log.isEmpty ? "(empty)" : log)",
          hint: "correct the problem that the log reports and try again")
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
        hint: "read \(files.log), end the sessions that keep it busy and try again")
    }
  }

  private func initialise(_ installation: ServerInstallation) throws {
    guard access(files.data, F_OK) != 0 else {
      throw PostgresError(
        .cluster, "\(files.data) exists but is not a PostgreSQL cluster", hint: "move it away and try again")
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
      throw PostgresError(.cluster, "\(files.data) cannot be created: \(SystemError())")
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

  private func command(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    // The caller's environment has no effect, such as PGDATA or LC_MESSAGES.
    let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": files.folder]
    let words = account.prefix + [program] + arguments
    do {
      // The working directory must be accessible to the server's user; the caller's may not be.
      let (ending, output) = try ChildProcess.run(
        "/usr/bin/env", words, environment: environment, folder: files.folder)
      return (ending.status, String(decoding: output, as: UTF8.self))
    } catch {
      throw PostgresError(.cluster, "\(program) could not be started: \(error)")
    }
  }
}
