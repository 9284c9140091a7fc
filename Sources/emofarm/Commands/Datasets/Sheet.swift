import Admin
import ArgumentParser
import Datasets
import Farm
import Imaging

struct Sheet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a contact sheet of a batch: a labelled row for each emotion.",
    discussion: """
      The eight emotions come first in EmoSet's order, then mixtures, prompts and texts in the batch's order. A subject \
      that the batch renders with different settings has a row for each combination of them. For an \
      unfinished batch, the sheet shows the images finished so far. It replaces an earlier sheet of the same batch, \
      but no other file.

      Examples:
        emofarm sheet 42 --out sheet.png
        emofarm sheet 42 --out sheet.jpg --columns 8 --cell 128
      """)

  @OptionGroup var batch: BatchArgument

  @Option(
    help: ArgumentHelp("The PNG, JPEG or WebP to write, as its name says.", valueName: "file"),
    completion: .file(extensions: ["png", "jpg", "webp"]))
  var out: String

  @Option(help: ArgumentHelp("Images per row, 1 to 100.", valueName: "n"))
  var columns = 16

  @Option(
    help: ArgumentHelp(
      "Side of a cell in pixels, 8 to 1024; by default the images' own size, up to 256.", valueName: "px"))
  var cell: Int?

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard (1...100).contains(columns) else {
      throw ValidationError("--columns \(columns): must be from 1 to 100.")
    }
    if let cell, !(8...1024).contains(cell) {
      throw ValidationError("--cell \(cell): must be from 8 to 1024 pixels.")
    }
  }

  func run() async throws {
    let file = try SheetFile(out)
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let marker = ExportMarker(format: "sheet", try await farm.batches.origin(id))
      try file.check(marker)
      let plan = SheetPlan(try await farm.batches.cells(id).map(\.cell))
      let sheet = try await BatchSheet(images: farm.database.images, store: try await farm.store())
        .draw(id, plan, columns: columns, cell: cell)
      try file.write(sheet, of: marker)
      let rows = min(plan.rows.count, BatchSheet.largestRows)
      if rows < plan.rows.count {
        Console.say("the sheet shows the first \(rows) of \(Measure.count(plan.rows.count, "row"))")
      }
      if output.json {
        try Console.print(
          [
            "file": JSONDocument(out), "rows": JSONDocument(rows), "width": JSONDocument(sheet.width),
            "height": JSONDocument(sheet.height),
          ] as JSONDocument)
      } else {
        try Console.print(out)
      }
    }
  }
}
