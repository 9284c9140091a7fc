import ArgumentParser
import Engine
import Farm
import Files
import Foundation
import Logging
import Monitoring
import Postgres
import ServiceLifecycle
import Signing
import UnixSignals
import Vocabulary
import Web
import Worker

/// The worker daemon's flags, settings and signals. The module `Worker` does the work.
@main
struct Emofarmd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emofarmd",
    abstract: "Claim the farm's jobs, render and publish their images or train, until told to stop.",
    discussion: """
      Run as many daemons as the machine has memory for; each processes one job at a time. If no database is \
      configured, the daemon starts and uses the embedded one in the data folder.

      SIGTERM or SIGINT: drain, i.e. claim no more jobs, finish and publish the current images or save the training's \
      state, return the rest, exit 0. A second signal: stop at once, exit 1; the job is tried again after its lease \
      has expired; published images are kept. `emofarm workers drain` does from afar what SIGTERM does; \
      `emofarm workers pause` makes the daemon claim nothing until `emofarm workers resume`.

      --once also takes over what killed workers left: it waits until their leases have ended, but not for workers that \
      are alive. It exits with 0 if nothing is left that it could do, with 3 if it ended earlier: it was told to stop, \
      its host cannot run the jobs, or its store had no room for a minute (the last log lines say why).

      Settings come from flags, then EMOFARM_HOME, EMOFARM_DATABASE_URL and the like, then the config file \
      ($EMOFARM_CONFIG, $XDG_CONFIG_HOME/emofarm/config.yaml or \(FarmSettings.machineFile)), then defaults. Log lines go \
      to standard error.
      """,
    version: "emofarmd \(Program.version)")

  @Option(help: ArgumentHelp("The data folder.", valueName: "folder"))
  var home: String?

  @Option(help: ArgumentHelp("The config file.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("Cores to render with; 0 or unset for all.", valueName: "n"))
  var threads: Int?

  @Flag(
    help: "Transform weights again for each convolution instead of keeping them: less memory, slower, the same images.")
  var lowMemory = false

  @Option(
    help: ArgumentHelp(
      "How long a job may go without finishing a block of work before another worker takes over; at least five times the longest block (120 by default).",
      valueName: "seconds"))
  var lease: Int?

  @Option(help: ArgumentHelp("Format of log lines: human or json.", valueName: "format"))
  var logFormat: String?

  @Option(
    help: ArgumentHelp(
      "Serve /metrics, /healthz and /readyz at this address: HOST:PORT, or PORT for this machine only.",
      valueName: "address"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "The PEM file with the key and certificate that sign images of batches with sign: true.", valueName: "file"))
  var signingKey: String?

  @Option(help: ArgumentHelp("Number of models to keep loaded.", valueName: "n"))
  var modelCache: Int = 2

  @Flag(help: "Exit when no job is left to do, instead of waiting for one; exit code 3 if it had to end before.")
  var once = false

  @Option(
    help: ArgumentHelp(
      "What this host offers to batches that require it (enqueue --require), such as gpu,large; may be repeated.",
      valueName: "labels"))
  var label: [String] = []

  @Option(
    help: ArgumentHelp("This worker's name in `emofarm workers`; the host's name by default.", valueName: "name"))
  var name: String?

  func validate() throws {
    if modelCache < 1 { throw ValidationError("--model-cache \(modelCache): must be at least 1") }
    do {
      _ = try metrics.map { try ListenAddress($0) }
    } catch {
      throw ValidationError("--metrics: \(error)")
    }
    do {
      _ = try Labels.parse(label, "--label")
    } catch {
      throw ValidationError("\(error)")
    }
    if let name, name.isEmpty { throw ValidationError("--name: must not be empty") }
  }

  /// Exit codes: 0 normal end, 1 failure, 2 wrong usage, 3 `--once` ended with work left.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var daemon = command as? any AsyncParsableCommand {
        try await daemon.run()
      } else {
        try command.run()
      }
    } catch {
      end(with: error)
    }
  }

  private static func end(with error: any Error) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let text = fullMessage(for: error)
    switch exitCode(for: error) {
    case .success:
      print(text)
      Foundation.exit(0)
    case .validationFailure:
      try? Descriptor.write(Array("\(text)\n".utf8), to: STDERR_FILENO)
      Foundation.exit(2)
    default:
      try? Descriptor.write(Array("emofarmd: \(error)\n".utf8), to: STDERR_FILENO)
      Foundation.exit(1)
    }
  }

  func run() async throws {
    let settings = try await FarmSettings.load(configFile: config, overrides: overrides)
    let logger = Logger(label: "emofarmd") { _ in
      LineLogHandler(format: settings.logFormat)
    }
    let address = try settings.metrics.map { try ListenAddress($0) }
    let notifier = ServiceNotifier()
    let health = WorkerHealth(lease: settings.lease)
    notifier.tell(.busy)
    // Two sequences, because the second is read only once the worker runs.
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let early = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let (database, store) = try await open(settings, notifier, health, logger, until: early)
    for remark in try await database.serverRemarks() { logger.notice("\(remark)") }
    let gates = DebugGates()
    let compute = try await BlockingExecutor.run {
      try Compute(threads: Self.threads(settings), savesMemory: settings.savesMemory)
    }
    let options = options(settings, signer: try signer(settings, logger))
    let worker = try await BlockingExecutor.run {
      try FarmWorker(
        options, database: database, store: store, compute: compute, logger: logger, hold: { gates.pass($0) },
        notify: {
          notifier.tell($0)
          health.note($0)
        })
    }
    let monitoring = address.map { address in
      MonitoringServer(
        address,
        .init(
          metrics: { [meters = worker.meters] in meters.families() }, fault: { health.fault() },
          hindrance: { health.hindrance() }), logger: logger,
        onListening: { logger.info("serving metrics", metadata: ["url": "http://\($0)/metrics"]) })
    }
    // Services shut down in the reverse order: metrics are served until the worker has drained.
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = monitoring.map { [.init(service: $0)] } ?? []
    services.append(.init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup))
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await Self.obey(signals, group, logger) }
      defer { tasks.cancelAll() }
      try await group.run()
    }
    await database.close()
    if once, worker.leavesWork { throw ExitCode(Self.workIsLeft) }
  }

  /// How long `--once` waits for a server that is away, or for a migration.
  private static let patienceOfOnce = Duration.seconds(60)

  /// Opens the database and the store. A server that is away and a schema of another version are waited for, with a
  /// note, until the program is told to stop.
  private func open(
    _ settings: FarmSettings, _ notifier: ServiceNotifier, _ health: WorkerHealth, _ logger: Logger,
    until signals: UnixSignalsSequence
  ) async throws -> (FarmDatabase, ArtifactStore) {
    let wait = DatabaseWait(notifier, health, logger)
    let (patience, exit) = (once ? Self.patienceOfOnce : nil, ExitCode(once ? Self.workIsLeft : 0))
    return try await withThrowingTaskGroup(of: (FarmDatabase, ArtifactStore)?.self) { tasks in
      tasks.addTask {
        let database = try await FarmDatabase.whenReady(patience: patience, onWait: wait.note) {
          try await FarmDatabase.open(settings, limits: .worker, logger: logger) { logger.warning("\($0)") }
        }
        let store = try await FarmDatabase.whenReady(patience: patience, onWait: wait.note) {
          try await database.openStore(settings.store, for: .writing) {
            logger.debug("the store is asked again", metadata: ["reason": "\($0)"])
          }
        }
        wait.end()
        return (database, store)
      }
      tasks.addTask {
        for await _ in signals { return nil }
        return nil
      }
      defer { tasks.cancelAll() }
      guard let first = try await tasks.next(), let opened = first else {
        logger.notice("stopped while waiting for the database")
        throw exit
      }
      return opened
    }
  }

  /// With `--once`: the worker ended before the queue was empty.
  private static let workIsLeft: Int32 = 3

  private var overrides: [String: String] {
    var overrides: [String: String] = [:]
    overrides["home"] = home.map { URL(filePath: $0).standardizedFileURL.path }
    overrides["threads"] = threads.map(String.init)
    if lowMemory { overrides["low_memory"] = "true" }
    overrides["lease_seconds"] = lease.map(String.init)
    overrides["log_format"] = logFormat
    overrides["metrics"] = metrics
    overrides["signing_key"] = signingKey.map { URL(filePath: $0).standardizedFileURL.path }
    if !label.isEmpty { overrides["labels"] = label.joined(separator: ",") }
    return overrides
  }

  /// What signs images; nil if this machine has no key.
  private func signer(_ settings: FarmSettings, _ logger: Logger) throws -> ImageSigner? {
    guard let key = try settings.signingKey.map({ try SigningKey(setting: $0) }) else { return nil }
    let certificate = key.certificate
    let days = Int(certificate.notAfter.timeIntervalSinceNow / 86400)
    logger.log(
      level: days < Self.noticeOfEnd ? .warning : .info, "signing images that batches want signed",
      metadata: [
        "signer": "\(certificate.name)", "valid_until": "\(SignerCertificate.day(certificate.notAfter))",
        "certificate": "\(certificate.fingerprint.prefix(16))",
      ])
    return ImageSigner(key)
  }

  /// Days before a certificate's end from which on the start warns of it.
  private static let noticeOfEnd = 60

  private func options(_ settings: FarmSettings, signer: ImageSigner?) -> WorkerOptions {
    WorkerOptions(
      name: name ?? ProcessInfo.processInfo.hostName, version: Program.version,
      home: settings.home, lease: settings.lease, modelCache: modelCache, minimumFreeBytes: settings.minimumFreeBytes,
      endsWhenEmpty: once, threads: Self.threads(settings), modelCacheBytes: settings.modelCacheBytes,
      labels: settings.labels,
      retention: settings.retention, signer: signer)
  }

  private static func threads(_ settings: FarmSettings) -> Int {
    settings.threads > 0 ? settings.threads : ProcessInfo.processInfo.activeProcessorCount
  }

  /// The first signal drains the worker; the second ends the process immediately, which leases and artifacts tolerate.
  private static func obey(_ signals: UnixSignalsSequence, _ group: ServiceGroup, _ logger: Logger) async {
    var count = 0
    for await signal in signals {
      count += 1
      if count > 1 {
        logger.warning("stopping at once", metadata: ["signal": "\(signal)"])
        Foundation.exit(1)
      }
      await group.triggerGracefulShutdown()
    }
  }
}
