import Admin
import ArgumentParser
import Farm

/// The flag `--all`. `emofarm workers` and its subcommands share it, because the parser gives a flag that both have to
/// the former.
struct AllWorkers: ParsableArguments {
  @Flag(name: .customLong("all"), help: "All workers that are alive; in the list, also those that have ended.")
  var isGiven = false
}

/// The workers that a subcommand is about: numbers, or a host's.
struct WorkerArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("The workers' numbers, as `emofarm workers` shows them.", valueName: "worker"))
  var workers: [Int64] = []

  @Option(help: ArgumentHelp("The workers on this host, as `emofarm workers` shows it.", valueName: "name"))
  var host: String?

  func selection(_ all: AllWorkers) throws -> WorkerSelection {
    guard [!workers.isEmpty, host != nil, all.isGiven].count(where: { $0 }) == 1 else {
      throw ValidationError("name the workers by their numbers, or with --host NAME, or --all.")
    }
    if let host { return .host(host) }
    return all.isGiven ? .all : .workers(workers)
  }

  /// Tells the workers what to do, and says what became of each.
  ///
  /// - Parameter done: what a worker does now, after its number and host.
  func direct(
    _ direction: WorkerDirection, _ all: AllWorkers, _ output: OutputOptions, _ global: GlobalOptions, done: String
  ) async throws {
    try await global.withFarm { farm in
      let directed = try await farm.database.workers.direct(direction, selection(all))
      if output.json {
        try Console.print(["workers": .array(directed.map { JSONDocument($0.id) })] as JSONDocument)
      } else if directed.isEmpty {
        Console.say("no worker there can \(direction.rawValue)")
      } else {
        for worker in directed { Console.say("worker \(worker.id) on \(worker.host) \(done)") }
      }
    }
  }
}
