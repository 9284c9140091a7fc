import Admin
import ArgumentParser
import Benchmarking
import EmoGen
import Engine
import Farm
import Foundation
import Vocabulary

struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the queue, or networks and training at full size.",
    discussion: "Benchmarks/README.md describes what is measured and how to compare with other programs.",
    subcommands: [
      BenchQueue.self, BenchFarm.self, BenchWorkers.self, BenchStore.self, BenchPaint.self, BenchDuplicates.self,
      BenchWork.self,
    ],
    defaultSubcommand: BenchWork.self)
}

struct BenchQueue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Enqueue large batches, query their status and claim their jobs, in a separate database.",
    discussion: """
      With --steps it runs the steps on standard input instead and answers each with a line of JSON, as the package in \
      Benchmarks asks for, which runs other queues in turn with this one.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Images of each batch.") var images = 1_000_000
  @Option(help: "Batches.") var batches = 10
  @Flag(help: "Run the steps on standard input.") var steps = false

  func validate() throws {
    guard (8...10_000_000).contains(images), (1...100).contains(batches) else {
      throw ValidationError("--images must be from 8 to 10000000, --batches from 1 to 100")
    }
  }

  private func runSteps() async throws {
    try await QueueSteps.with(global.settings()) { steps in
      try Console.print(#"{"engine": "emofarm", "load_seconds": 0, "first_seconds": 0}"#)
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      while let line = readLine() {
        try Console.print(String(decoding: try encoder.encode(await steps.run(line)), as: UTF8.self))
      }
    }
  }

  func run() async throws {
    if steps { return try await runSteps() }
    let result = try await QueueBenchmark(settings: global.settings(), images: images, batches: batches).run()
    if output.json {
      try Console.print(try benchmarkJSON(result))
      return
    }
    let enqueue = result.enqueueSeconds.sorted()
    try Console.print(
      """
      enqueue \(result.images) images (\(result.jobs) jobs): median \(decimal(enqueue[enqueue.count / 2])) s, \
      slowest \(decimal(enqueue[enqueue.count - 1])) s of \(result.batches)
      status of one of \(result.batches) such batches: \(decimal(result.statusSeconds * 1000)) ms; \
      list of all: \(decimal(result.listSeconds * 1000)) ms
      """)
    for claims in result.claims {
      try Console.print(
        "claim, \(claims.claimers) at once\(claims.pinned ? ", an old snapshot open" : ""): "
          + "p50 \(decimal(claims.p50)) ms, p99 \(decimal(claims.p99)) ms, \(String(format: "%.0f", claims.perSecond)) a second"
      )
    }
  }
}

struct BenchFarm: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "farm",
    abstract: "Render a batch with one worker in a separate database, and the same images without a farm.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var model: ModelOptions
  @Option(help: "Images of the batch.") var images = 128
  @Option(help: "Images of a job.") var chunk = 8

  func validate() throws {
    guard Limits.chunk.contains(chunk), images.isMultiple(of: chunk), (2 * chunk...1_000_000).contains(images)
    else {
      throw ValidationError(
        "--chunk must be from 1 to \(Limits.chunk.upperBound), --images a multiple of it and at least twice as large")
    }
  }

  func run() async throws {
    let folder = try await global.modelFolder(model)
    let result = try await FarmBenchmark(
      settings: global.settings(), model: folder, images: images, chunk: chunk
    ).run()
    if output.json { return try Console.print(try benchmarkJSON(result)) }
    try Console.print(
      """
      a worker: \(decimal(result.farmed)) images a second (jobs of \(chunk))
      the same renders alone: \(decimal(result.rendered)) images a second
      not rendering: \(decimal(100 * result.overhead)) % of the worker's time
      """)
  }
}

struct BenchWorkers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers",
    abstract: "Work with many workers that render nothing on one server, in a separate database.",
    discussion: """
      The workers are those of emofarmd, in this process; each image is the same small picture, stored in a temporary \
      folder. Prints what the server hands out, and what it would take for 1,000 workers.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "Workers.") var workers = 64
  @Option(help: "Jobs in total.") var jobs = 6400
  @Option(help: "Images of a job.") var chunk = 1
  @Option(help: "Batches that the jobs belong to.") var batches = 8

  func validate() throws {
    guard (1...1000).contains(workers), (1...1000).contains(batches), jobs.isMultiple(of: batches),
      (workers...1_000_000).contains(jobs), Limits.chunk.contains(chunk)
    else {
      throw ValidationError(
        "workers and --batches must be from 1 to 1000, --jobs a multiple of --batches, at least one for each worker and at most 1000000, --chunk from 1 to \(Limits.chunk.upperBound)"
      )
    }
  }

  func run() async throws {
    let result = try await WorkersBenchmark(
      settings: global.settings(), workers: workers, jobs: jobs, chunk: chunk, batches: batches
    ).run()
    if output.json { return try Console.print(try benchmarkJSON(result)) }
    let time = result.serverMillisecondsEachJob.map { "\(decimal($0)) ms of the server's CPU time a job" }
    try Console.print(
      """
      \(result.workers) workers, \(result.jobs) jobs of \(result.chunk) in \(result.batches) batches, \(result.cores) cores, \
      \(result.sessions) sessions
      \(decimal(result.jobsPerSecond)) jobs a second (\(decimal(result.imagesPerSecond)) images); claim p50 \
      \(decimal(result.claimP50)) ms, p99 \(decimal(result.claimP99)) ms; \(time ?? "the server is not on this machine")
      """)
    guard let costs = result.costs, let again = result.simulated() else { return }
    func milliseconds(_ seconds: Double) -> String { "\(decimal(seconds * 1000)) ms" }
    try Console.print(
      """
      the server's CPU time of a claim \(milliseconds(costs.claim)), heartbeat \(milliseconds(costs.heartbeat)), \
      publication \(milliseconds(costs.publication)), completion \(milliseconds(costs.completion)), idle poll \
      \(milliseconds(costs.poll))
      the same run simulated: \(decimal(again.jobsPerSecond)) jobs a second; claim p50 \(milliseconds(again.claimP50)), \
      p99 \(milliseconds(again.claimP99))
      simulated, 1,000 workers on other machines and \(result.cores) cores for the server:
      """)
    for (seconds, images) in [(10.0, 1), (60, 8), (300, 8)] {
      guard let load = result.load(workers: 1000, jobSeconds: seconds, images: images) else { continue }
      let outcome = load.run(seconds: 60, seed: 1)
      try Console.print(
        """
          jobs of \(Int(seconds)) s, \(images) images: \(decimal(outcome.requestsPerSecond)) requests a second keep \
        \(decimal(outcome.busyCores)) cores busy; claim p50 \(milliseconds(outcome.claimP50)), p99 \
        \(milliseconds(outcome.claimP99))
        """)
    }
    if let load = result.load(workers: 1000, jobSeconds: 60, images: 8) {
      try Console.print(
        """
          a batch that wakes all of them: \(decimal(load.wave)) s until each has an answer; idle: \
        \(decimal(load.idleCores)) cores
        """)
    }
  }
}

struct BenchStore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Store and read files of an image's size in the farm's store, 1, 4 and 16 at once.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Files of each round.") var images = 200
  @Option(help: "Bytes of a file.") var bytes = 400_000

  func validate() throws {
    guard (16...100_000).contains(images), (1...100_000_000).contains(bytes), images * bytes <= 1 << 32 else {
      throw ValidationError(
        "--images must be from 16 to 100000, --bytes from 1 to 100000000, and both together at most 4 GiB")
    }
  }

  func run() async throws {
    let result = try await StoreBenchmark(global.settings().store, images: images, bytes: bytes).run()
    if output.json { return try Console.print(try benchmarkJSON(result)) }
    try Console.print("\(result.images) files of \(result.bytes) bytes in \(result.store)")
    for rate in result.rates {
      try Console.print(
        "\(rate.atOnce) at once: \(decimal(rate.storedPerSecond)) stored a second, \(decimal(rate.readPerSecond)) read")
    }
  }
}

struct BenchPaint: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paint",
    abstract: "Publish painted images for all jobs that are ready, in the configured farm: a dataset without a render.")

  @OptionGroup var global: GlobalOptions
  @Option(help: "Jobs at the same time.") var atOnce = 8

  func validate() throws {
    guard (1...64).contains(atOnce) else { throw ValidationError("--at-once must be from 1 to 64") }
  }

  func run() async throws {
    let settings = try await global.settings()
    let database = try await FarmDatabase.open(settings, poolSize: atOnce, logger: GlobalOptions.logger)
    let store = try await database.openStore(settings.store, for: .writing)
    try await Painter(database, store, atOnce: atOnce).run { Console.say("painted \($0)") }
    await database.close()
  }
}

struct BenchDuplicates: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Plant copies among drawn pictures and search for them, and for copies of pictures that have none.")

  @OptionGroup var output: OutputOptions
  @Option(help: "Originals, and as many pictures without a copy.") var pictures = 1000
  @Option(help: "Pixels of a side.") var size = 256
  @Option(help: "Other seeds have other pictures.") var seed: UInt64 = 1

  func validate() throws {
    guard (8...1_000_000).contains(pictures), (32...1024).contains(size) else {
      throw ValidationError("--pictures must be from 8 to 1000000, --size from 32 to 1024")
    }
  }

  func run() async throws {
    let result = try DuplicateBenchmark(pictures: pictures, size: size, seed: seed).run()
    if output.json { return try Console.print(try benchmarkJSON(result)) }
    for kind in result.kinds {
      try Console.print("\(kind.name): \(kind.found) of \(kind.planted) found, recall \(decimal(kind.recall))")
    }
    try Console.print(
      """
      false positives: \(result.falsePositives) of \(result.heldOut) pictures without a copy, \
      \(String(format: "%.2f", 100 * result.falsePositiveShare)) %
      signature \(decimal(result.signatureMilliseconds)) ms, search \(decimal(result.searchMilliseconds)) ms a picture; \
      peak memory \(decimal(result.peakGibibytes)) GiB
      """)
  }
}

struct BenchWork: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Run a full-size workload once for each line of standard input.",
    discussion: """
      Prints a line of JSON when it is ready, then the seconds of each run, then the peak memory. Benchmarks/peers \
      creates the model folders; the package in Benchmarks alternates runs of this program with runs of others.

      With --profile it prints the cost of each operation of each block instead: time, billions of multiplications \
      and additions (for convolutions, those of the direct algorithm), and bytes read and written.

      Examples:
        yes | head -5 | emofarm bench unet --model FOLDER
        emofarm bench unet --profile --model FOLDER
      """)

  @Argument(help: "unet, vae, text, image, lcm, small or stage2.") var name: Workload.Name
  @Option(help: ArgumentHelp("The model folder.", valueName: "dir"), completion: .directory) var model: String
  @OptionGroup var weights: WeightOptions
  @Option(help: "Threads; 0 for all cores.") var threads = 0
  @Option(help: "fp32 or bf16.") var precision: Precision = .fp32
  @Flag(help: "Transform weights again for each convolution.") var lowMemory = false

  @Flag(help: "Print a profile of the work, the mean of three runs.") var profile = false

  func run() async throws {
    func compute() throws -> Compute {
      try Compute(
        threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount, precision: precision,
        savesMemory: lowMemory)
    }
    if profile {
      let profile = try NetworkProfile(name, folder: model, variant: weights.variant, on: compute(), runs: 3)
      return try Console.print(profile.text)
    }
    try BenchmarkSession(name, folder: model, variant: weights.variant, compute: compute).run(
      next: { readLine() }, print: { try Console.print($0) })
  }
}

extension Workload.Name: ExpressibleByArgument {}

private func decimal(_ value: Double) -> String { String(format: "%.2f", value) }

private func benchmarkJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
