import Datasets
import Files
import Foundation
import Testing

struct DatasetExportTests {
  private struct Stop: Error {}

  @Test func imagesMetadataAndCardAreWritten() throws {
    let batch = try SampleBatch(perEmotion: 1, texts: 1)
    let summary = try batch.export().write(to: batch.path("out"))
    #expect(summary.copied == 9)
    let files = try batch.contents("out")
    let names = (0..<9).map { "train/00000\($0).png" }
    #expect(Set(files.keys) == Set(names + ["train/metadata.jsonl", "README.md", ".emofarm-export.json"]))
    for (image, name) in zip(batch.images, names) {
      #expect(files[name] == FileManager.default.contents(atPath: image.source))
    }
    let rows = String(decoding: try #require(files["train/metadata.jsonl"]), as: UTF8.self).split(separator: "\n")
    let label = #""emotion": "awe", "emotion_index": 1, "emotion_weights": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]"#
    let asked = #""emotion_spec": "awe", "prompt": "a \"bag\"\n富士", "text": "", "negative": "", "seed": 8"#
    let settings =
      #""width": 8, "height": 8, "steps": 20, "sampler": "dpmpp-2m", "guidance": 4.0, "shortcuts": "", "batch": 1"#
    let origin = #""index": 1, "sha256": "\#(batch.images[1].sha256)", "model": "tiny", "model_digest": "ab12""#
    let engine = #""engine_kind": "x86_64/fp32", "generator": "EmoFarm 0.1.0"}"#
    let row = [#"{"file_name": "000001.png""#, label, asked, settings, origin, engine].joined(separator: ", ")
    #expect(rows[1] == row)
    #expect(
      rows[8].contains(
        #""emotion": null, "emotion_index": null, "emotion_weights": null, "emotion_spec": "", "prompt": "", "#
          + #""text": "an image"#))
    let keys = try rows.map { row in
      try #require(JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any]).keys.sorted()
    }
    #expect(Set(keys).count == 1)
  }

  @Test func cardNamesSplitsCountsAndOrigin() throws {
    let batch = try SampleBatch(perEmotion: 4)
    try batch.export(DatasetSplits(parsing: "train=0.75,test=0.25")).write(to: batch.path("out"))
    let card = String(decoding: try #require(batch.contents("out")["README.md"]), as: UTF8.self)
    #expect(card.hasPrefix("---\npretty_name: \"Sample\"\nlicense: \"unknown\"\n"))
    #expect(
      card.contains("      - split: train\n        path: train/**\n      - split: test\n        path: test/**\n---\n"))
    #expect(card.contains("| contentment | 2 | 3 | 4 | 0 | 4 |"))
    #expect(card.contains("| **all** | | | **26** | **6** | **32** |"))
    #expect(card.contains("- train: 81.3 %, asked for 75.0 %; furthest from it is sadness with 25.0 %\n"))
    #expect(card.contains("AI-generated"))
    #expect(card.contains("`tiny (ab12)`"))
    #expect(!card.contains("further settings"))
  }

  @Test func cardNamesAddedFilesAndOtherSettings() throws {
    let batch = try SampleBatch(perEmotion: 1)
    var images = batch.images
    images[3].extras = "clip skip 2, LoRA style.safetensors:0.8"
    try batch.export(images: images).write(to: batch.path("out"))
    let card = String(decoding: try #require(batch.contents("out")["README.md"]), as: UTF8.self)
    #expect(
      card.contains(
        "| shortcuts | `none` |\n| further settings | `clip skip 2, LoRA style.safetensors:0.8`, `none` |\n| size |"))
  }

  /// The events are ten images, three metadata files and the card; only then is the dataset in its place.
  @Test(arguments: 0..<14)
  func interruptedExportLeavesNothingToSeeAndIsFinishedWithTheSameBytes(events: Int) throws {
    let batch = try SampleBatch(perEmotion: 1, texts: 2)
    let export = try batch.export(DatasetSplits(parsing: "train=0.5,validation=0.25,test=0.25"))
    try export.write(to: batch.path("whole"))
    var seen = 0
    #expect(throws: Stop.self) {
      try export.write(to: batch.path("out")) { _ in
        if seen == events { throw Stop() }
        seen += 1
      }
    }
    #expect(try batch.names() == [".out.emofarm-partial", "whole"])
    let summary = try export.write(to: batch.path("out"))
    #expect(summary.kept == min(10, events + 1))
    #expect(summary.copied + summary.kept == 10)
    #expect(try batch.contents("out") == batch.contents("whole"))
    #expect(try batch.names() == ["out", "whole"])
  }

  /// The target holds the earlier export, byte for byte, until the new one replaces it.
  @Test func anEarlierExportStaysWholeUntilItIsReplaced() throws {
    let batch = try SampleBatch(perEmotion: 2)
    try batch.export(images: Array(batch.images.prefix(9))).write(to: batch.path("out"))
    let old = try batch.contents("out")
    let splits = try DatasetSplits(parsing: "train=0.5,test=0.5")
    try batch.export(splits).write(to: batch.path("whole"))
    for stop in [0, 7, 15, 17] {
      var seen = 0
      #expect(throws: Stop.self) {
        try batch.export(splits).write(to: batch.path("out")) { _ in
          #expect(try batch.contents("out") == old)
          if seen == stop { throw Stop() }
          seen += 1
        }
      }
      #expect(try batch.contents("out") == old)
    }
    try batch.export(splits).write(to: batch.path("out")) { event in
      let now = try batch.contents("out")
      #expect(event == .published ? now != old : now == old)
    }
    #expect(try batch.contents("out") == batch.contents("whole"))
    #expect(try batch.names() == ["out", "whole"])
  }

  @Test func leftoversAndDamagedFilesAreReplaced() throws {
    let batch = try SampleBatch(perEmotion: 1)
    let export = try batch.export()
    try export.write(to: batch.path("out"))
    let whole = try batch.contents("out")
    for (name, text) in [
      ("train/.000003.png.part", "half"), ("train/.metadata.jsonl.part", "half"), (".README.md.part", "half"),
      ("train/000001.png", "shorter"), ("train/000099.png", "of an earlier export"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: batch.path("out/\(name)")))
    }
    var flipped = try #require(whole["train/000002.png"])
    flipped[flipped.startIndex + 40] ^= 1
    try flipped.write(to: URL(filePath: batch.path("out/train/000002.png")))
    let summary = try export.write(to: batch.path("out"))
    #expect((summary.copied, summary.kept, summary.removed) == (2, 6, 4))
    #expect(try batch.contents("out") == whole)
  }

  @Test func partialExportGrowsIntoTheWholeOne() throws {
    let batch = try SampleBatch(perEmotion: 3)
    let splits = try DatasetSplits(parsing: "train=0.5,test=0.5")
    try batch.export(splits, images: Array(batch.images.prefix(7))).write(to: batch.path("out"))
    try batch.export(splits).write(to: batch.path("out"))
    try batch.export(splits).write(to: batch.path("whole"))
    #expect(try batch.contents("out") == batch.contents("whole"))
    try batch.export().write(to: batch.path("out"))
    #expect(try batch.contents("out").keys.allSatisfy { !$0.hasPrefix("test/") })
  }

  @Test func filesOfOthersStay() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export().write(to: batch.path("out"))
    for name in ["notes.txt", "train/holiday.png"] {
      try Data("mine".utf8).write(to: URL(filePath: batch.path("out/\(name)")))
    }
    let summary = try batch.export().write(to: batch.path("out"))
    #expect((summary.copied, summary.kept, summary.removed) == (0, 8, 0))
    #expect(try batch.contents("out")["train/holiday.png"] == Data("mine".utf8))
  }

  /// An editor that has the replaced folder open saves a file there, and another program creates one.
  @Test func filesThatAreSavedDuringThePublicationStay() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export().write(to: batch.path("out"))
    try Data("first".utf8).write(to: URL(filePath: batch.path("out/notes.txt")))
    try batch.export().write(to: batch.path("out")) { event in
      guard event == .published else { return }
      let replaced = batch.path(".out.emofarm-partial")
      try FileManager.default.removeItem(atPath: "\(replaced)/notes.txt")
      try Data("second".utf8).write(to: URL(filePath: "\(replaced)/notes.txt"))
      try Data("new".utf8).write(to: URL(filePath: "\(replaced)/train/list.txt"))
    }
    let contents = try batch.contents("out")
    #expect(contents["notes.txt"] == Data("second".utf8))
    #expect(contents["train/list.txt"] == Data("new".utf8))
    #expect(try batch.names() == ["out"])
  }

  @Test func aPathThatNamesNoFolderIsRefused() throws {
    let batch = try SampleBatch(perEmotion: 1)
    for path in ["new/.", "new/.."] {
      let error = #expect(throws: DatasetError.self) { try batch.export().write(to: batch.path(path)) }
      #expect(error?.description.contains("does not name a folder") == true, "\(path)")
    }
  }

  @Test func foreignFolderIsRefusedAndLeftAlone() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try FileManager.default.createDirectory(atPath: batch.path("out"), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: batch.path("out/README.md")))
    let error = #expect(throws: DatasetError.self) { try batch.export().write(to: batch.path("out")) }
    #expect(error?.code == .folder)
    #expect(try batch.contents("out") == ["README.md": Data("mine".utf8)])
    let file = #expect(throws: DatasetError.self) { try batch.export().write(to: batch.images[0].source) }
    #expect(file?.code == .folder)
  }

  /// The markers have another number, another farm's batch of the same number, and the batch of a farm restored from a
  /// backup.
  @Test(arguments: [
    SampleBatch.marker(batch: "2"), SampleBatch.marker(created: "2026-01-01T00:00:00.000002Z"),
    SampleBatch.marker(key: "nightly"), SampleBatch.marker(spec: "b"),
  ])
  func exportOfAnotherBatchIsRefused(marker: ExportMarker) throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export().write(to: batch.path("out"))
    let old = try batch.contents("out")
    let other = try batch.export(images: Array(batch.images.prefix(3)), marker: marker)
    let error = #expect(throws: DatasetError.self) { try other.write(to: batch.path("out")) }
    #expect(error?.description.contains("holds another export (batch 1 of the database 'emofarm'") == true)
    #expect(error?.code == .folder)
    #expect(try batch.contents("out") == old)
    #expect(try batch.names() == ["out"])
  }

  @Test func aRestoredFarmGoesOnWithItsExports() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export(images: Array(batch.images.prefix(3))).write(to: batch.path("out"))
    try batch.export(marker: SampleBatch.marker(server: "8")).write(to: batch.path("out"))
    #expect(try batch.contents("out").count == 8 + 3)
  }

  /// The marker of earlier versions holds only the number, which another farm's batch may also have.
  @Test func anExportWithAnOldMarkerIsTakenOverOnlyWhereNothingIsLost() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export().write(to: batch.path("out"))
    let old = Data("{\"format\": \"imagefolder\", \"batch\": \"1\"}\n".utf8)
    func rewind() throws { try old.write(to: URL(filePath: batch.path("out/.emofarm-export.json"))) }
    try rewind()
    #expect(try batch.export().write(to: batch.path("out")).kept == 8)
    #expect(try batch.contents("out")[".emofarm-export.json"] != old)
    try rewind()
    let before = try batch.contents("out")
    // Batch 1 of another farm has different images of the same names.
    var others = batch.images
    for position in others.indices { others[position].index = others.count - 1 - position }
    let other = try batch.export(images: others)
    let error = #expect(throws: DatasetError.self) { try other.write(to: batch.path("out")) }
    #expect(error?.description.contains("did not record the farm") == true)
    #expect(try batch.contents("out") == before)
  }

  /// The leftovers of an interrupted export of another batch are not a dataset, so they may be removed.
  @Test func leftoversOfAnotherBatchMakeRoom() throws {
    let batch = try SampleBatch(perEmotion: 1)
    #expect(throws: Stop.self) { try batch.export().write(to: batch.path("out")) { _ in throw Stop() } }
    let other = try batch.export(marker: SampleBatch.marker(batch: "2"))
    #expect(try other.write(to: batch.path("out")).copied == 8)
    #expect(try batch.names() == ["out"])
  }

  @Test func twoExportsDoNotWriteIntoOneFolder() throws {
    let batch = try SampleBatch(perEmotion: 1)
    let export = try batch.export()
    #expect(throws: DatasetError.self) {
      try export.write(to: batch.path("out")) { _ in try export.write(to: batch.path("out")) }
    }
    try export.write(to: batch.path("out"))
  }

  @Test func aFolderThatCannotBeReplacedAsAWholeIsRefused() throws {
    let batch = try SampleBatch(perEmotion: 1)
    let error = #expect(throws: DatasetError.self) { try batch.export().write(to: ".") }
    #expect(error?.description.contains("name a folder inside it") == true)
    let mount = #expect(throws: DatasetError.self) { try batch.export().write(to: "/proc") }
    #expect(mount?.description.contains("mount point") == true)
    // The export follows a link to a folder and keeps the link.
    try FileManager.default.createDirectory(atPath: batch.path("real"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: batch.path("out"), withDestinationPath: batch.path("real"))
    try batch.export().write(to: batch.path("out/"))
    #expect(try batch.contents("real").count == 8 + 3)
    #expect(try batch.names() == ["out", "real"])
  }

  @Test func damagedAndMissingImagesAreNamed() throws {
    let batch = try SampleBatch(perEmotion: 1)
    var bytes = try #require(FileManager.default.contents(atPath: batch.images[3].source))
    bytes[bytes.startIndex + 50] ^= 1
    try bytes.write(to: URL(filePath: batch.images[3].source))
    let damaged = #expect(throws: DatasetError.self) { try batch.export().write(to: batch.path("out")) }
    #expect(damaged?.code == .damagedImage)
    #expect(
      damaged?.description.contains("image 3 cannot be exported: its file \(batch.images[3].source) is damaged") == true
    )
    #expect(try batch.names() == [".out.emofarm-partial"])
    try FileManager.default.removeItem(atPath: batch.images[3].source)
    let missing = #expect(throws: DatasetError.self) { try batch.export().write(to: batch.path("out")) }
    #expect(missing?.description.contains("is missing; render it again") == true)
  }

  @Test func imagesThatCannotBeDescribedAreRefused() throws {
    let batch = try SampleBatch(perEmotion: 1)
    #expect(throws: DatasetError.self) { try batch.export(images: []) }
    #expect(throws: DatasetError.self) { try batch.export(images: batch.images + [batch.images[0]]) }
    let changes: [(inout DatasetImage) -> Void] = [
      { $0.index = -1 }, { $0.seed = 1 << 63 }, { $0.guidance = .infinity },
    ]
    for change in changes {
      var image = batch.images[0]
      change(&image)
      #expect(throws: DatasetError.self) { try batch.export(images: [image]) }
    }
  }
}
