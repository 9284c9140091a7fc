import Admin
import ArgumentParser
import Farm
import Vocabulary

struct StoreSend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Put files that batches name into the store, or replace what is damaged there.",
    discussion: """
      For LoRAs, embeddings, VAEs, start pictures and classifiers (the folder that measure names) of batches that were enqueued without them, and for those that a \
      worker or emofarm audit finds missing or damaged in the store. What the store has already is compared and not \
      sent again. emofarm gc deletes after its grace period what no batch names.

      Example:
        emofarm store send loras/ink.safetensors pictures/*.png
      """)

  @Argument(
    help: ArgumentHelp("Files, folders that stand for the files in them, or folders of classifiers.", valueName: "path")
  )
  var paths: [String]

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let inputs = try BatchInputs(paths: paths)
    try await global.withFarm { farm in
      let store = try await farm.store(for: .writing)
      let interrupt = Interrupt()
      let sent = try inputs.send(to: InputArchive(store), care: .bytes) { _ in try interrupt.check() }
      if output.json {
        try Console.print(
          [
            "files": JSONDocument(sent.files), "bytes": JSONDocument(sent.bytes), "there": JSONDocument(sent.there),
          ] as JSONDocument)
      } else {
        try Console.print(sent.words(to: store))
      }
    }
  }
}
