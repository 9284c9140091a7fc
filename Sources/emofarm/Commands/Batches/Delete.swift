import Admin
import ArgumentParser
import Farm
import Files

struct Delete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Delete a finished batch and all its rows; emofarm gc deletes its files.",
    discussion: """
      Asks for confirmation on a terminal; scripts need --yes. Cancel an unfinished batch before deleting it.

      Example:
        emofarm delete 42 --yes
      """)

  @OptionGroup var batch: BatchArgument

  @Flag(help: "Do not ask for confirmation.")
  var yes = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let status = try await farm.batches.status(id)
      guard status.isFinished else {
        throw AdminError("batch \(id) is \(status.state.rawValue): cancel it before deleting it")
      }
      if !yes {
        let images = Measure.count(status.imagesDone, "image")
        try Console.confirm("Delete batch \(id), \(TerminalText.safe(status.name)), with \(images)?", flag: "--yes")
      }
      let images = try await farm.batches.delete(id)
      if output.json {
        try Console.print(["batch": JSONDocument(id), "images": JSONDocument(images)] as JSONDocument)
      } else {
        try Console.print(
          "batch \(id) is deleted with \(Measure.count(images, "image")); emofarm gc frees the disk space")
      }
    }
  }
}
