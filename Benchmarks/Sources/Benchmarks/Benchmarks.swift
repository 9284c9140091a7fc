import ArgumentParser
import Foundation

/// Runs EmoFarm and other programs in turn on the same work and prints the ratios of their times.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Run EmoFarm and its peers in turn on the same work: ratios of medians, with their spread.",
    discussion: """
      Every program loads once and warms up; then they run A B C A B C …, so that a machine that slows down affects \
      all of them. A pause before each run lets the previous program's threads stop spinning. load restarts the \
      programs in each round: a run is the time from the start to the denoiser's first result. Peers are named \
      FRAMEWORK or FRAMEWORK-PRECISION: torch, torch-bf16, openvino, openvino-bf16. emofarm=PROGRAM is another build \
      of EmoFarm, such as an older one, with the same threads and precision.

      queue compares the job queue with others on the PostgreSQL server of EMOFARM_DATABASE_URL, whose user may create \
      databases: the peers are procrastinate, pgqueuer and emofarm=PROGRAM.

      Examples:
        swift run -c release --package-path Benchmarks benchmarks unet --model FOLDER --peer torch --peer openvino
        swift run -c release --package-path Benchmarks benchmarks small --model config/models/tiny --peer torch
        swift run -c release --package-path Benchmarks benchmarks small --model config/models/tiny --peer emofarm=OLD
        swift run -c release --package-path Benchmarks benchmarks queue --peer pgqueuer
      """)

  @Argument(help: "unet, vae, text, image, lcm, small, stage2, load or queue.") var work: String
  @Option(help: "The model folder; Benchmarks/peers/full_size.py makes one of full size.") var model: String?
  @Option(help: "queue: jobs that have passed through while an old snapshot is open.") var history = 1_000_000
  @Option(help: "A peer; may be repeated.") var peer: [String] = []
  @Option(help: "Runs of each program.") var runs = 5
  @Option(help: "Threads of every program; 0 for all cores.") var threads = 0
  @Option(help: "EmoFarm's precision: fp32 or bf16.") var precision = "fp32"
  @Option(help: "EmoFarm's program.") var emofarm = ".build/release/emofarm"
  @Option(help: "Python with the packages of Benchmarks/peers/requirements.txt.") var python = "python3"
  @Option(help: "The machine's peak GFLOP/s; the output then shows each program's share of it.")
  var ceiling: Double?
  @Option(help: "Write the result as JSON to this file.") var out: String?

  func validate() throws {
    guard (1...1000).contains(runs) else { throw ValidationError("--runs must be from 1 to 1000.") }
    guard (1...10_000_000).contains(history) else {
      throw ValidationError("--history must be from 1 to 10000000.")
    }
    if work == "queue", ProcessInfo.processInfo.environment["EMOFARM_DATABASE_URL"] == nil {
      throw ValidationError("queue needs a server: set EMOFARM_DATABASE_URL.")
    }
    guard work == "queue" || model != nil else { throw ValidationError("\(work) needs --model.") }
    guard threads >= 0 else { throw ValidationError("--threads must be 0 or more.") }
    for name in peer where name.hasPrefix(Self.build) {
      let program = String(name.dropFirst(Self.build.count))
      guard FileManager.default.isExecutableFile(atPath: program) else {
        throw ValidationError("--peer \(name): there is no program \(program).")
      }
    }
  }

  func run() throws {
    if work == "queue" { return try runQueue() }
    guard let model else { return }
    let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    let script = Self.script("peer.py")
    let size = ["--model", model, "--threads", "\(count)"]
    // The files are cached first, so that no program's load waits for the disk.
    try Self.read(folder: model)
    let task = work == "load" ? "unet" : work
    func farm(_ name: String, _ program: String) -> Start {
      Start(name, program, ["bench", "work", task] + size + ["--precision", precision])
    }
    let starts =
      [farm("emofarm", emofarm)]
      + peer.map { name in
        name.hasPrefix(Self.build)
          ? farm(name, String(name.dropFirst(Self.build.count))) : Start(name, python, [script, task, name] + size)
      }
    let records = try work == "load" ? loads(starts) : turns(starts)
    FileHandle.standardError.write(Data("\n".utf8))
    let report = Report(work: work, threads: count, ceiling: ceiling, programs: records)
    print(report.text)
    if let out { try report.json().write(to: URL(filePath: out)) }
  }

  private func runQueue() throws {
    func farm(_ name: String, _ program: String) -> Start {
      Start(name, program, ["bench", "queue", "--steps"])
    }
    let script = Self.script("queues.py")
    let starts =
      [farm("emofarm", emofarm)]
      + peer.map { name in
        name.hasPrefix(Self.build)
          ? farm(name, String(name.dropFirst(Self.build.count)))
          : Start(name, python, [script, name])
      }
    let race = try QueueRace(starts, history: history)
    print(race.text)
    if let out { try race.json().write(to: URL(filePath: out)) }
  }

  /// Keeps all programs loaded and runs them in turn.
  private func turns(_ starts: [Start]) throws -> [Program.Record] {
    let programs = try starts.map { try Program($0) }
    for round in 1...runs {
      for program in programs {
        Thread.sleep(forTimeInterval: Self.pause)
        try program.runOnce()
      }
      report(round)
    }
    for program in programs { try program.finish() }
    return programs.map(\.record)
  }

  /// Starts the programs in turn; each ends after its first result.
  private func loads(_ starts: [Start]) throws -> [Program.Record] {
    var records: [Program.Record] = []
    for round in 1...runs {
      for (index, start) in starts.enumerated() {
        Thread.sleep(forTimeInterval: Self.pause)
        let program = try Program(start)
        try program.finish()
        if round == 1 {
          records.append(program.record)
          records[index].operations = nil
        }
        records[index].seconds.append(program.record.firstSeconds)
      }
      report(round)
    }
    return records
  }

  private static func script(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "peers/\(name)").path
  }

  /// The prefix of a peer that is another build of EmoFarm.
  private static let build = "emofarm="

  /// Seconds before each run.
  private static let pause = 1.0

  private func report(_ round: Int) {
    FileHandle.standardError.write(Data("\r\(round) of \(runs)".utf8))
  }

  /// Reads a folder's files into the page cache.
  private static func read(folder: String) throws {
    let files = FileManager.default.enumerator(
      at: URL(filePath: folder), includingPropertiesForKeys: [.isRegularFileKey])
    while let file = files?.nextObject() as? URL {
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      let handle = try FileHandle(forReadingFrom: file)
      while let part = try handle.read(upToCount: 1 << 24), !part.isEmpty {}
      try handle.close()
    }
  }
}
