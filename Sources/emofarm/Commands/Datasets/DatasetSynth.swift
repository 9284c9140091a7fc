import Admin
import ArgumentParser
import Datasets
import Imaging
import Provenance

struct DatasetSynth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synth",
    abstract: "Draw a small stand-in for EmoSet: 32 attributes of eight emotions.",
    discussion: """
      Draws four attributes per emotion, such as balloons, galaxy or rain, about half of them scenes and half \
      objects. Some pictures of an attribute are labelled with a second emotion that it may evoke, so that \
      confidences are meaningful. About 80 % of the pictures are for training, 10 % for validation and 10 % for \
      testing. The same numbers give the same bytes.

      Examples:
        emofarm dataset synth --out synthetic --per-attribute 120
        emofarm dataset synth --out large --per-attribute 2000 --size 128 --seed 7
        emofarm dataset synth --sheet sheet.png
      """)

  @Option(
    help: ArgumentHelp(
      "The dataset's folder: new, empty, or from an earlier run with the same numbers.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Option(help: ArgumentHelp("Pictures per attribute, 1 to 100000.", valueName: "n"))
  var perAttribute = 100

  @Option(help: ArgumentHelp("Side of a picture in pixels, 32 to 512.", valueName: "px"))
  var size = 64

  @Option(help: "Another seed draws different pictures of the same attributes.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp("Also write a contact sheet with four pictures of each attribute.", valueName: "file"),
    completion: .file(extensions: ["png", "jpg", "webp"]))
  var sheet: String?

  @OptionGroup(title: "Output options") var output: OutputOptions

  func validate() throws {
    guard out != nil || sheet != nil else { throw ValidationError("Give --out or --sheet.") }
    guard (1...100_000).contains(perAttribute) else {
      throw ValidationError("--per-attribute \(perAttribute): must be from 1 to 100000.")
    }
    guard (32...512).contains(size) else {
      throw ValidationError("--size \(size): must be from 32 to 512 pixels.")
    }
  }

  func run() async throws {
    if let sheet {
      let marker = ExportMarker(format: "sheet", batch: "synthetic, \(size) px, seed \(seed)")
      try SheetFile(sheet).write(SyntheticDataset.sheet(size: size, seed: seed), of: marker, source: .drawn)
    }
    let summary = try out.map { try draw(into: $0) }
    if let summary {
      let parts = EmoSetSplit.allCases.map { "\($0.rawValue) \(Measure.count(summary.splits[$0] ?? 0))" }
      Console.say("drew \(Measure.count(summary.pictures, "picture")): \(parts.joined(separator: ", "))")
    }
    if output.json {
      try Console.print(DatasetSummary(summary, folder: out, sheet: sheet).json)
    } else {
      try Console.print([out, sheet].compactMap { $0 })
    }
  }

  private func draw(into folder: String) throws -> SyntheticDataset.Summary {
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    return try SyntheticDataset(perAttribute: perAttribute, size: size, seed: seed).write(to: folder) { done, total in
      try interrupt.check()
      progress.show("drew \(Measure.count(done)) of \(Measure.count(total, "picture"))")
    }
  }
}
