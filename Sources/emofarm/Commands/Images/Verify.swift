import Admin
import ArgumentParser
import Farm
import Files
import Foundation
import Provenance

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that an image, or every image of a folder or a batch, is what was rendered.",
    discussion: """
      For a file, checks the checksums of its chunks, its provenance, and the SHA-256 of its pixels against the \
      provenance. For a folder, such as an exported dataset, does the same for each PNG below it. For a batch, does \
      the same for each of its files, and compares files and provenance with the database. Exits with 1 if anything \
      is wrong.

      Examples:
        emofarm verify pictures/000000.png
        emofarm verify dataset
        emofarm verify 42
      """)

  @Argument(
    help: ArgumentHelp("An image, a folder, or a batch's number or key.", valueName: "file.png|dir|batch"),
    completion: .file(extensions: ["png"]))
  var subject: String

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    if Folder.isFolder(subject) {
      try await BlockingExecutor.run { try verifyFolder() }
    } else if FileManager.default.fileExists(atPath: subject) || subject.hasSuffix(".png") {
      try verifyFile()
    } else {
      try await global.withFarm { try await verifyBatch($0) }
    }
  }

  private func verifyFile() throws {
    let record = try PNGProvenance.verify(File.readStream(subject), named: subject)
    if output.json {
      try Console.print(
        ["file": JSONDocument(subject), "verified": true, "rgb_sha256": JSONDocument(record.rgbSHA256)] as JSONDocument)
    } else {
      try Console.print("\(subject): intact, \(record.width)x\(record.height), seed \(record.spec.seed)")
    }
  }

  private func verifyFolder() throws {
    let interrupt = Interrupt()
    var verification = try FolderVerification(subject)
    let total = verification.files.count
    var progress = ProgressLine()
    defer { progress.clear() }
    try verification.run { checked in
      try interrupt.check()
      progress.show("checked \(Measure.count(checked)) of \(Measure.count(total))")
    }
    progress.clear()
    let problems = verification.problems
    if output.json {
      try Console.print(
        [
          "folder": JSONDocument(subject), "checked": JSONDocument(verification.checked),
          "others": JSONDocument(verification.others),
          "problems": .array(
            problems.map { ["file": JSONDocument($0.file), "message": JSONDocument($0.message)] }),
        ] as JSONDocument)
    } else {
      for problem in problems { try Console.print(TerminalText.safe(problem.message)) }
      let sound = verification.checked - problems.count
      try Console.print(
        "\(Measure.count(sound)) of \(Measure.count(verification.checked, "image")) verified"
          + (verification.others > 0 ? "; \(Measure.count(verification.others, "other file")) not looked at" : ""))
    }
    if !problems.isEmpty { throw ExitCode(1) }
  }

  private func verifyBatch(_ farm: FarmSession) async throws {
    let id = try await farm.batches.find(subject)
    let status = try await farm.batches.status(id)
    try status.requireImages()
    var verification = BatchVerification(images: farm.database.images, store: try await farm.store())
    var progress = ProgressLine()
    try await verification.run(id) { checked in
      progress.show("checked \(Measure.count(checked)) of \(Measure.count(status.imagesDone))")
    }
    progress.clear()
    let problems = verification.problems
    if output.json {
      try Console.print(
        [
          "batch": JSONDocument(id), "images": JSONDocument(status.images),
          "checked": JSONDocument(verification.checked),
          "problems": .array(
            problems.map {
              [
                "index": JSONDocument($0.index), "sha256": JSONDocument($0.sha256), "message": JSONDocument($0.message),
              ]
            }),
        ] as JSONDocument)
    } else {
      for problem in problems { try Console.print("image \(problem.index): \(TerminalText.safe(problem.message))") }
      let sound = verification.checked - problems.count
      try Console.print(
        "\(Measure.count(sound)) of \(Measure.count(verification.checked, "image")) verified"
          + (verification.checked < status.images ? "; the batch asks for \(Measure.count(status.images))" : ""))
    }
    if !problems.isEmpty { throw ExitCode(1) }
  }
}
