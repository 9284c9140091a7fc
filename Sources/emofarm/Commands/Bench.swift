import Admin
import ArgumentParser
import Benchmarking
import Foundation

struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the queue, or a network or a training step at full size.",
    discussion: "Benchmarks/README.md says what is measured and how to compare with other programs.",
    subcommands: [BenchQueue.self, BenchNetwork.self, BenchStageTwo.self])
}

struct BenchQueue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Enqueue large batches, ask for their status and claim their jobs, in a database of its own.")

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Images of each batch.") var images = 1_000_000
  @Option(help: "Batches.") var batches = 10

  func validate() throws {
    guard (8...10_000_000).contains(images), (1...100).contains(batches) else {
      throw ValidationError("--images takes 8 to 10000000, --batches 1 to 100")
    }
  }

  func run() async throws {
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
          + "p50 \(decimal(claims.p50)) ms, p99 \(decimal(claims.p99)) ms, \(Int(claims.perSecond)) a second")
    }
  }
}

struct BenchNetwork: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network",
    abstract: "Run the U-Net or the VAE's decoder of a model folder on the inputs that stand in it.",
    discussion: "Benchmarks/peers/full_size.py makes such a folder, with PyTorch's outputs to compare with.")

  @OptionGroup var output: OutputOptions
  @Argument(help: "unet or vae.") var network: NetworkBenchmark.Network
  @Option(help: ArgumentHelp("The model folder.", valueName: "dir"), completion: .directory) var model: String
  @Option(help: "Runs.") var runs = 3
  @Option(help: "Threads; 0 for all cores.") var threads = 0

  func run() async throws {
    let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    let result = try NetworkBenchmark(folder: model, threads: count).run(network, runs: runs)
    if output.json {
      try Console.print(try benchmarkJSON(result))
      return
    }
    let seconds = result.seconds.map { decimal($0) }.joined(separator: ", ")
    let error = result.relativeError.map { "; relative distance from the reference \($0)" } ?? ""
    try Console.print(
      "\(network.rawValue): \(seconds) s, loaded in \(decimal(result.loadSeconds)) s, "
        + "peak \(decimal(result.peakGiB)) GiB, \(result.threads) threads, \(result.engine)\(error)")
  }
}

struct BenchStageTwo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage2",
    abstract: "Train the mapper of a model folder for a step, one sample, with gradient checkpointing.",
    discussion: "Benchmarks/peers/stage2.py makes such a folder, with PyTorch's loss and gradients to compare with.")

  @OptionGroup var output: OutputOptions
  @Option(help: ArgumentHelp("The model folder.", valueName: "dir"), completion: .directory) var model: String
  @Option(help: "Steps.") var steps = 2
  @Option(help: "Threads; 0 for all cores.") var threads = 0

  func run() async throws {
    let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    let result = try StageTwoBenchmark(folder: model, threads: count).run(steps: steps)
    if output.json {
      try Console.print(try benchmarkJSON(result))
      return
    }
    let seconds = result.seconds.map { decimal($0) }.joined(separator: ", ")
    let errors = result.lossError.flatMap { loss in
      result.gradientError.map { "; relative distances from the reference: loss \(loss), gradients \($0)" }
    }
    try Console.print(
      "stage 2: \(seconds) s a step, loaded in \(decimal(result.loadSeconds)) s, peak \(decimal(result.peakGiB)) GiB, "
        + "\(result.threads) threads, \(result.engine)\(errors ?? "")")
  }
}

extension NetworkBenchmark.Network: ExpressibleByArgument {}

private func decimal(_ value: Double) -> String { String(format: "%.2f", value) }

private func benchmarkJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
