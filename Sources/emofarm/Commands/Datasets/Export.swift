import Admin
import ArgumentParser
import Datasets
import Farm
import Files

extension DatasetSplits.Unit: ExpressibleByArgument {}
extension DatasetFormat: ExpressibleByArgument {}

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a batch as a dataset that other tools can load.",
    discussion: """
      imagefolder is the layout of Hugging Face's datasets library: a folder for each split with its images and a \
      metadata.jsonl (emotion, prompt, seed, sha256, provenance). parquet has the images inside, as the hub keeps them; \
      webdataset has tar files of images, metadata and classes; class-folders is torchvision's ImageFolder; emoset is \
      what `emofarm train classifier --data` reads. Tar and Parquet files have at most 10,000 images or 512 MiB, and \
      no folder has more than 10,000 files. Each form has a dataset card.

      A hash of an image's subject and seed decides its split, which therefore never changes: neither as a batch \
      grows nor in another dataset.

      The same batch gives the same bytes. The folder appears only when it is complete, and replaces an earlier \
      export of the same batch atomically. Until then the export is in a hidden folder next to it; after an \
      interruption, running the command again continues there. An export of another batch, or of another farm's batch \
      with the same number, is not replaced.

      Examples:
        emofarm export 42 --format imagefolder --out dataset
        emofarm export 42 --format parquet --out dataset --split train=0.8,validation=0.1,test=0.1
        emofarm export 42 --out dataset --partial --license cc-by-4.0
      """)

  @OptionGroup var batch: BatchArgument

  @Option(help: "The layout.")
  var format = DatasetFormat.imagefolder

  @Option(
    help: ArgumentHelp("The dataset's folder: new, empty, or an earlier export of this batch.", valueName: "dir"),
    completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp(
      "The splits (train, validation, test) and their shares, which must add up to 1.", valueName: "shares"))
  var split = "train=1"

  @Option(
    help: ArgumentHelp("What stays together in one split: image, prompt or emotion.", valueName: "unit"))
  var splitBy = DatasetSplits.Unit.image

  @Flag(help: "Also write a table of each split: train.csv, with the file that holds each image.")
  var csv = false

  @Flag(help: "Also describe the dataset in MLCommons' Croissant (croissant.json; with tables unless it is Parquet).")
  var croissant = false

  @Flag(
    help: "Export the finished images of an incomplete batch, without those whose files are missing or damaged.")
  var partial = false

  @Option(
    help: ArgumentHelp("The license for the dataset card, by its Hugging Face identifier (cc-by-4.0).", valueName: "id")
  )
  var license = "unknown"

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let splits = try DatasetSplits(parsing: split)
    try await global.withFarm { farm in
      let id = try await farm.batches.find(batch.reference)
      let status = try await farm.batches.status(id)
      try status.requireImages()
      guard partial || status.imagesDone == status.images else {
        throw AdminError(
          "batch \(id) is \(status.state.rawValue) with \(Measure.count(status.imagesDone)) of "
            + "\(Measure.count(status.images, "image")): wait for it (emofarm wait \(id)), or export what there is with --partial"
        )
      }
      let (summary, leftOut) = try await write(status, splits, farm)
      if output.json {
        try Console.print(
          [
            "folder": JSONDocument(out), "copied": JSONDocument(summary.copied), "kept": JSONDocument(summary.kept),
            "removed": JSONDocument(summary.removed),
            "splits": .array(
              summary.splits.map {
                [
                  "name": JSONDocument($0.name), "images": JSONDocument($0.images),
                  "asked": JSONDocument(measured: $0.asked),
                  "share": JSONDocument(measured: $0.share),
                ]
              }),
            "left_out": .array(
              leftOut.map {
                [
                  "index": JSONDocument($0.index), "sha256": JSONDocument($0.sha256),
                  "fault": JSONDocument($0.kind.rawValue), "message": JSONDocument($0.message),
                ]
              }),
          ] as JSONDocument)
      } else {
        let parts = summary.splits.map { split in
          "\(split.name) \(Measure.count(split.images))"
            + (summary.splits.count > 1
              ? " (\(DatasetSplits.percent(split.share)) of \(DatasetSplits.percent(split.asked)))" : "")
        }.joined(separator: ", ")
        try Console.print(out)
        Console.say("exported \(Measure.count(summary.copied + summary.kept, "image")): \(parts)")
      }
      if !leftOut.isEmpty {
        for fault in leftOut.prefix(20) {
          Console.say("left out image \(fault.index): \(TerminalText.safe(fault.message))")
        }
        Console.say(
          "left out \(Measure.count(leftOut.count, "image")) whose files are missing, damaged or not theirs: "
            + "emofarm repair \(id) has them rendered again")
      }
    }
  }

  private func write(
    _ status: BatchStatus, _ splits: DatasetSplits, _ farm: FarmSession
  ) async throws -> (DatasetExport.Summary, leftOut: [FileFault]) {
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let store = try await farm.store()
    let source = BatchImages(images: farm.database.images, store: store)
    let (images, leftOut) = try await source.all(of: status.id, isPartial: partial) { read in
      try interrupt.check()
      progress.show("read \(Measure.count(read)) of \(Measure.count(status.imagesDone, "image"))")
    }
    guard !images.isEmpty else {
      throw AdminError(
        leftOut.isEmpty
          ? "batch \(status.id) has no image yet: see `emofarm status \(status.id)`"
          : "no file of batch \(status.id) is of use: emofarm repair \(status.id) has its images rendered again")
    }
    let export = try DatasetExport(
      ExportMarker(format: format.rawValue, try await farm.batches.origin(status.id)), format: format,
      additions: Set((csv ? [.csv] : []) + (croissant ? [.croissant] : [])), title: status.name, license: license,
      images: images, splits: splits, splitBy: splitBy,
      remote: store.width > 1 ? DatasetExport.Remote(width: store.width) { try store.read($0) } : nil)
    let gates = DebugGates()
    do {
      let summary = try export.write(to: out) { event in
        gates.pass(event)
        if event != .published { try interrupt.check() }
        if case .image(let done, let total) = event {
          progress.show("wrote \(Measure.count(done)) of \(Measure.count(total, "image"))")
        }
      }
      return (summary, leftOut)
    } catch is Interrupt.Interrupted {
      throw Interrupt.Interrupted(
        description: "interrupted: \(out) is as it was before; the same command goes on where this one stopped")
    }
  }
}
