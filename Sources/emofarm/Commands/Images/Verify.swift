import Admin
import ArgumentParser
import Farm
import Files
import Foundation
import Provenance
import Signing

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that an image, or every image of a folder or a batch, is what was rendered.",
    discussion: """
      For a file, checks the checksums of its chunks, its provenance, the SHA-256 of its pixels against the \
      provenance, and its signature (a C2PA manifest) if it has one. A signature is valid if nothing was changed, \
      trusted if a root given with --trust vouches for the signer, and otherwise broken. A JPEG or WebP that emofarm \
      export made is checked against the digest that its picture had then. For a folder, such as an exported dataset, \
      does the same for each image below it. For a batch, does \
      the same for each of its files, and compares files and provenance with the database. Exits with 1 if anything \
      is wrong.

      Examples:
        emofarm verify pictures/000000.png
        emofarm verify dataset
        emofarm verify dataset --trust root.pem
        emofarm verify 42
      """)

  @Argument(
    help: ArgumentHelp("An image, a folder, or a batch's number or key.", valueName: "file|dir|batch"),
    completion: .file(extensions: ["png", "jpg", "webp"]))
  var subject: String

  @OptionGroup var trust: TrustOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    if Folder.isFolder(subject) {
      try await verifyFolder()
    } else if FileManager.default.fileExists(atPath: subject) || ImageProvenance.canRead(subject) {
      try await verifyFile()
    } else {
      try await global.withFarm { try await verifyBatch($0) }
    }
  }

  private func verifyFile() async throws {
    let anchors = try trust.anchors()
    let (found, signature) = try MarkedImage.verify(File.readStream(subject), named: subject)
    let record = found.record
    let report = await signature?.report(trusting: anchors)
    let holds = report.map { $0.problem == nil && (anchors == nil || $0.state == .trusted) } ?? (anchors == nil)
    if output.json {
      var document: [String: JSONDocument] = [
        "file": JSONDocument(subject), "verified": JSONDocument(holds), "signature": JSONDocument(report) { $0.json },
      ]
      // A conversion has other pixels than those that were rendered.
      if let converted = found.converted {
        document["source_sha256"] = JSONDocument(converted.sourceSHA256)
      } else {
        document["rgb_sha256"] = JSONDocument(record.rgbSHA256)
      }
      try Console.print(JSONDocument.object(document))
    } else {
      let how = found.converted.map { ", \($0.conversion) of a rendered PNG" } ?? ""
      var line = "\(subject): intact\(how), \(record.width)x\(record.height), seed \(record.spec.seed)"
      if let report { line += "; \(TerminalText.safe(report.description))" }
      if report == nil, anchors != nil { line += "; not signed" }
      try Console.print(line)
    }
    if !holds { throw ExitCode(1) }
  }

  private func verifyFolder() async throws {
    let interrupt = Interrupt()
    let anchors = try trust.anchors()
    var verification = try FolderVerification(subject)
    let total = verification.files.count
    var progress = ProgressLine()
    defer { progress.clear() }
    try verification.run { checked in
      try interrupt.check()
      progress.show("checked \(Measure.count(checked)) of \(Measure.count(total))")
    }
    progress.clear()
    if let anchors { await verification.require(anchors) }
    let problems = verification.problems
    if output.json {
      try Console.print(
        [
          "folder": JSONDocument(subject), "checked": JSONDocument(verification.checked),
          "others": JSONDocument(verification.others), "signed": JSONDocument(verification.signed),
          "problems": .array(
            problems.map { ["file": JSONDocument($0.file), "message": JSONDocument($0.message)] }),
        ] as JSONDocument)
    } else {
      for problem in problems { try Console.print(TerminalText.safe(problem.message)) }
      let sound = verification.checked - problems.count
      try Console.print(
        "\(Measure.count(sound)) of \(Measure.count(verification.checked, "image")) verified"
          + Self.signed(verification.signed)
          + (verification.others > 0 ? "; \(Measure.count(verification.others, "other file")) not looked at" : ""))
    }
    if !problems.isEmpty { throw ExitCode(1) }
  }

  private func verifyBatch(_ farm: FarmSession) async throws {
    let id = try await farm.batches.find(subject)
    let anchors = try trust.anchors()
    let status = try await farm.batches.status(id)
    try status.requireImages()
    var verification = BatchVerification(images: farm.database.images, store: try await farm.store())
    var progress = ProgressLine()
    try await verification.run(id) { checked in
      progress.show("checked \(Measure.count(checked)) of \(Measure.count(status.imagesDone))")
    }
    progress.clear()
    if let anchors { await verification.require(anchors) }
    let problems = verification.problems
    if output.json {
      try Console.print(
        [
          "batch": JSONDocument(id), "images": JSONDocument(status.images),
          "checked": JSONDocument(verification.checked), "signed": JSONDocument(verification.signed),
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
          + Self.signed(verification.signed)
          + (verification.checked < status.images ? "; the batch asks for \(Measure.count(status.images))" : ""))
    }
    if !problems.isEmpty { throw ExitCode(1) }
  }

  private static func signed(_ count: Int) -> String {
    count > 0 ? "; \(Measure.count(count)) with a signature that holds" : ""
  }
}
