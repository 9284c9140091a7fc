import Admin
import ArgumentParser
import Farm
import Vocabulary

struct Priority: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change a batch's priority: jobs of batches with a higher priority run first.",
    discussion: """
      Running jobs are not interrupted. Write two dashes before a negative number.

      Examples:
        emofarm priority 42 10
        emofarm priority 42 -- -5
      """)

  @OptionGroup var batch: BatchArgument

  @Argument(help: ArgumentHelp("From -100 to 100; batches start with 0.", valueName: "n"))
  var priority: Int

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard Limits.priority.contains(priority) else {
      throw ValidationError("priority \(priority): must be from -100 to 100.")
    }
  }

  func run() async throws {
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      try await farm.batches.setPriority(id, priority)
      if output.json {
        try Console.print(["batch": JSONDocument(id), "priority": JSONDocument(priority)] as JSONDocument)
      } else {
        try Console.print("batch \(id) has priority \(priority)")
      }
    }
  }
}
