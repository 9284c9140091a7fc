import Admin
import ArgumentParser
import Datasets
import Farm
import Files
import Foundation
import Provenance
import Signing
import Specifications
import Vocabulary

extension DatasetSplits.Unit: ExpressibleByArgument {}
extension DatasetFormat: ExpressibleByArgument {}

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write batches as a dataset that other tools can load.",
    discussion: """
      imagefolder is the layout of Hugging Face's datasets library: a folder for each split with its images and a \
      metadata.jsonl (emotion, prompt, seed, sha256, provenance). parquet has the images inside, as the hub keeps them; \
      webdataset has tar files of images, metadata and classes; class-folders is torchvision's ImageFolder; emoset is \
      what `emofarm train classifier --data` reads. Tar and Parquet files have at most 10,000 images or 512 MiB, and \
      no folder has more than 10,000 files. Each form has a dataset card.

      A hash of an image's subject and seed decides its split, which therefore never changes: neither as a batch \
      grows nor in another dataset.

      --where chooses images by their rows: comparisons (= != < <= > >=, ~ for "contains", in (a, b), = null) of \
      \(ImageColumn.all.map(\.name).joined(separator: ", ")), with and, or, not and brackets. Texts with blanks stand in \
      quotes.

      --image-format converts the images. They keep their record and their mark (XMP) and the parameters that web UIs \
      read (Exif); `emofarm verify` checks them. Conversions of signed images are signed with --signing-key or the setting \
      signing_key; PNGs keep the signature that they have. --link gives the stored files a second name instead of copying them: a \
      program that changes such a file changes the farm's image.

      The same batches give the same bytes, in whatever order they are named. The folder appears only when it is complete, \
      and replaces an earlier export of the same batches atomically. Until then the export is in a hidden folder next to \
      it; after an interruption, running the command again continues there. An export of other batches, or of another \
      farm's batch with the same number, is not replaced.

      Examples:
        emofarm export 42 --format imagefolder --out dataset
        emofarm export 42 43 --format parquet --out dataset --split train=0.8,validation=0.1,test=0.1
        emofarm export 42 --out dataset --where 'emotion in (awe, fear) and not prompt ~ "bag"'
        emofarm export 42 --out dataset --image-format webp --quality 85
        emofarm export 42 --out dataset --partial --license cc-by-4.0
      """)

  enum ImageFormat: String, CaseIterable, ExpressibleByArgument {
    case png, jpeg, webp
  }

  @Argument(help: ArgumentHelp("The batches' numbers or keys.", valueName: "batch"))
  var batches: [String]

  @Option(help: "The layout.")
  var format = DatasetFormat.imagefolder

  @Option(
    help: ArgumentHelp("The dataset's folder: new, empty, or an earlier export of these batches.", valueName: "dir"),
    completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp(
      "The splits (train, validation, test) and their shares, which must add up to 1.", valueName: "shares"))
  var split = "train=1"

  @Option(
    help: ArgumentHelp("What stays together in one split: image, prompt or emotion.", valueName: "unit"))
  var splitBy = DatasetSplits.Unit.image

  @Option(name: .customLong("where"), help: ArgumentHelp("Which images to export.", valueName: "condition"))
  var condition: String?

  @Option(help: "The images' format; png is what was rendered.")
  var imageFormat = ImageFormat.png

  @Option(help: ArgumentHelp("Of JPEG or WebP, 1 (smallest) to 100; by default 90.", valueName: "n"))
  var quality: Int?

  @OptionGroup var signing: SigningOptions

  @Flag(help: "Link the images to the farm's files instead of copying them, on the same volume.")
  var link = false

  @Flag(help: "Also write a table of each split: train.csv, with the file that holds each image.")
  var csv = false

  @Flag(help: "Also describe the dataset in MLCommons' Croissant (croissant.json; with tables unless it is Parquet).")
  var croissant = false

  @Flag(
    help: "Export the finished images of incomplete batches, without those whose files are missing or damaged.")
  var partial = false

  @Option(
    help: ArgumentHelp("The license for the dataset card, by its Hugging Face identifier (cc-by-4.0).", valueName: "id")
  )
  var license = "unknown"

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard HubLicense.knows(license) else {
      let meant = NearestName.of(license, among: HubLicense.identifiers).map { " Did you mean \($0)?" } ?? ""
      throw ValidationError(
        "--license \(license): no identifier of Hugging Face's list, so the hub would refuse the card.\(meant) A licence that is not in the list is 'other'."
      )
    }
    if let quality {
      guard (1...100).contains(quality) else { throw ValidationError("--quality \(quality): must be from 1 to 100.") }
      guard imageFormat != .png else {
        throw ValidationError("--quality: PNGs have none; choose --image-format jpeg or webp.")
      }
    }
    guard link else { return }
    guard imageFormat == .png else {
      throw ValidationError("--link: converted images are new files; choose --image-format png, or leave --link out.")
    }
    guard format != .parquet, format != .webdataset else {
      throw ValidationError("--link: \(format.rawValue) has the images in larger files; leave --link out.")
    }
  }

  func run() async throws {
    let splits = try DatasetSplits(parsing: split)
    let condition = try condition.map { try ImageCondition(parsing: $0) }
    try await global.withFarm { farm in
      var ids: Set<Int64> = []
      for reference in batches { ids.insert(try await farm.batches.find(reference)) }
      var chosen: [BatchStatus] = []
      for id in ids.sorted() {
        let status = try await farm.batches.status(id)
        try status.requireImages()
        guard partial || status.isComplete else {
          throw AdminError(
            "batch \(id) is \(status.state.rawValue) with \(Measure.count(status.imagesDone)) of "
              + "\(Measure.count(status.images, "image")): wait for it (emofarm wait \(id)), or export what there is with --partial"
          )
        }
        if status.state == .done, status.imagesDone < status.images {
          Console.say(
            "batch \(id) has \(Measure.count(status.imagesDone)) of \(Measure.count(status.images, "image")): for the others "
              + "none was accepted (emofarm status \(id))")
        }
        chosen.append(status)
      }
      try report(try await write(chosen, splits, condition, farm))
    }
  }

  private func write(
    _ batches: [BatchStatus], _ splits: DatasetSplits, _ condition: ImageCondition?, _ farm: FarmSession
  ) async throws -> (DatasetExport.Summary, leftOut: [FileFault]) {
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let store = try await farm.store()
    let isRemote = store.width > 1
    if link, isRemote {
      throw InputError("the farm's files are in \(store.place), so --link cannot link them: leave it out")
    }
    let signature = try await signature(of: batches, farm)
    var origins: [BatchOrigin] = []
    for batch in batches { origins.append(try await farm.batches.origin(batch.id)) }
    let marker = ExportMarker(format: format.rawValue, origins)
    // Reading many images takes a while, and should not be in vain.
    try DatasetExport.check(out, marker: marker, format: format, linkingFrom: link ? store.place : nil)
    let total = batches.reduce(0) { $0 + $1.imagesDone }
    let found = try await BatchImages(images: farm.database.images, store: store)
      .all(of: batches.map(\.id), where: condition, isPartial: partial) { read in
        try interrupt.check()
        progress.show("read \(Measure.count(read)) of \(Measure.count(total, "image"))")
      }
    guard !found.images.isEmpty else { throw AdminError(nothing(found, batches)) }
    let export = try DatasetExport(
      marker, format: format, additions: Set((csv ? [.csv] : []) + (croissant ? [.croissant] : [])),
      title: batches.map(\.name).joined(separator: " + "), license: license,
      images: found.images, splits: splits, splitBy: splitBy,
      selection: condition.map {
        DatasetSelection(
          condition: $0.text, total: found.images.count + found.leftOut.count + found.passedOver)
      },
      source: ImageSource(
        making, remote: isRemote ? ImageSource.Remote(width: store.width) { try store.read($0) } : nil,
        signature: signature, processors: ProcessInfo.processInfo.activeProcessorCount))
    let gates = DebugGates()
    do {
      let summary = try export.write(to: out) { event in
        gates.pass(event)
        if event != .published { try interrupt.check() }
        if case .image(let done, let total) = event {
          progress.show("wrote \(Measure.count(done)) of \(Measure.count(total, "image"))")
        }
      }
      return (summary, found.leftOut)
    } catch is Interrupt.Interrupted {
      throw Interrupt.Interrupted(
        description: "interrupted: \(out) is as it was before; the same command goes on where this one stopped")
    }
  }

  /// What signs conversions of signed images; nil if there are none.
  private func signature(of batches: [BatchStatus], _ farm: FarmSession) async throws -> ImageSource.Signature? {
    guard imageFormat != .png else { return nil }
    for batch in batches where try await farm.batches.cells(batch.id).contains(where: { $0.cell.settings.sign }) {
      guard let signer = try signing.signer(farm.settings) else {
        throw InputError(
          "images of batch \(batch.id) are signed, and a conversion must be signed again: name the key with --signing-key, "
            + "or export the PNGs with their signatures (--image-format png)")
      }
      try MarkedImage.check(signer)
      return ImageSource.Signature(by: signer.key.certificate.fingerprint) { file, png, name in
        try MarkedImage.sign(file, convertedFrom: png, by: signer, named: name)
      }
    }
    return nil
  }

  private var making: ImageSource.Making {
    switch imageFormat {
    case .png: link ? .link : .copy
    case .jpeg: .convert(ImageConversion(.jpeg, quality: quality ?? 90))
    case .webp: .convert(ImageConversion(.webp, quality: quality ?? 90))
    }
  }

  /// Why there is no image to export.
  private func nothing(_ found: BatchImages.Found, _ batches: [BatchStatus]) -> String {
    let names = batches.map { "\($0.id)" }.joined(separator: " ")
    let which = batches.count == 1 ? "batch \(names)" : "the batches \(names)"
    if found.passedOver > 0 {
      return "\(condition ?? "") holds for none of the \(Measure.count(found.passedOver, "image")) of \(which)"
    }
    return found.leftOut.isEmpty
      ? "\(which) has no image yet: see `emofarm status \(names)`"
      : "no file of \(which) is of use: \(repairs(Set(batches.map(\.id)))) has its images rendered again"
  }

  private func repairs(_ batches: Set<Int64>) -> String {
    batches.sorted().map { "emofarm repair \($0)" }.joined(separator: " && ")
  }

  private func report(_ result: (summary: DatasetExport.Summary, leftOut: [FileFault])) throws {
    let (summary, leftOut) = result
    if output.json {
      try Console.print(json(summary, leftOut))
    } else {
      let parts = summary.splits.map { split in
        "\(split.name) \(Measure.count(split.images))"
          + (summary.splits.count > 1
            ? " (\(DatasetSplits.percent(split.share)) of \(DatasetSplits.percent(split.asked)))" : "")
      }.joined(separator: ", ")
      try Console.print(out)
      Console.say("exported \(Measure.count(summary.copied + summary.kept, "image")): \(parts)")
      if summary.repeated > 0 {
        Console.say("\(Measure.count(summary.repeated, "image")) of them are byte for byte the same as an earlier one")
      }
    }
    guard !leftOut.isEmpty else { return }
    for fault in leftOut.prefix(20) {
      Console.say("left out image \(fault.index) of batch \(fault.batch): \(TerminalText.safe(fault.message))")
    }
    Console.say(
      "left out \(Measure.count(leftOut.count, "image")) whose files are missing, damaged or not theirs: "
        + "\(repairs(Set(leftOut.map(\.batch)))) has them rendered again")
  }

  private func json(_ summary: DatasetExport.Summary, _ leftOut: [FileFault]) -> JSONDocument {
    [
      "folder": JSONDocument(out), "copied": JSONDocument(summary.copied), "kept": JSONDocument(summary.kept),
      "removed": JSONDocument(summary.removed), "repeated": JSONDocument(summary.repeated),
      "splits": .array(
        summary.splits.map {
          [
            "name": JSONDocument($0.name), "images": JSONDocument($0.images), "asked": JSONDocument(measured: $0.asked),
            "share": JSONDocument(measured: $0.share),
          ]
        }),
      "left_out": .array(
        leftOut.map {
          [
            "batch": JSONDocument($0.batch), "index": JSONDocument($0.index), "sha256": JSONDocument($0.sha256),
            "fault": JSONDocument($0.kind.rawValue), "message": JSONDocument($0.message),
          ]
        }),
    ]
  }
}
