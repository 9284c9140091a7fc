import Admin
import ArgumentParser
import Datasets
import Farm
import Files
import Foundation
import Pages
import Specifications
import Vocabulary

struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what a batch is and what came out of it as one page.",
    discussion: """
      The page holds everything it shows and loads nothing: what was asked, what came out, figures by emotion with their \
      intervals, what the batch's classifiers recognised, samples that were not chosen, the images that the classifiers \
      doubt most, how both changed over time, and what failed. It says what is missing. Figures come from measurements \
      beside the images (`measure:` in the specification); without them it says so. It replaces an earlier report of the \
      same batch, but no other file.

      Examples:
        emofarm report 42 --out report.html
      """)

  @OptionGroup var batch: BatchArgument

  @Option(help: ArgumentHelp("The page to write.", valueName: "file.html"), completion: .file(extensions: ["html"]))
  var out: String

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try OutputFile.check(out)
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let marker = ExportMarker(format: "report", try await farm.batches.origin(id))
      try OutputFile.check(out, replacing: .report(marker))
      let snapshot = try await BatchSnapshot.load(id, from: farm.batches, stopped: 100)
      guard snapshot.status.training == nil else {
        throw InputError("batch \(id) is a training: its folder has a page of its own")
      }
      let store = try await farm.store()
      let interrupt = Interrupt()
      var progress = ProgressLine()
      defer { progress.clear() }
      let findings = try await BatchFindings(
        of: id, emotions: snapshot.details?.emotions ?? [],
        likeness: snapshot.status.acceptance?.noDuplicate ?? Acceptance.usualLikeness, in: farm.database.images
      ) { read in
        try interrupt.check()
        progress.show("read \(Measure.count(read)) of \(Measure.count(snapshot.status.imagesDone, "image"))")
      }
      let document = try JSONDecoder().decode(
        JSONDocument.self, from: Data(try await farm.batches.spec(id).json.utf8))
      let page = try await BatchReportPage(
        snapshot, findings, specification: try document.text(), marker: marker, store: store, now: Date())
      progress.clear()
      try OutputFile.write(Array(page.text.utf8), to: out, replacing: .report(marker))
      if output.json {
        try Console.print(
          [
            "file": JSONDocument(out), "images": JSONDocument(findings.images),
            "measured": JSONDocument(findings.measured),
          ] as JSONDocument)
      } else {
        try Console.print(out)
      }
    }
  }
}
