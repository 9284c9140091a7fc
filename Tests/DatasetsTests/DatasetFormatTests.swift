import Datasets
import Files
import Foundation
import TestSupport
import Testing
import Vocabulary

/// Each form of a dataset. What real clients read of them: `Tests/Fixtures/datasets/check.py`.
struct DatasetFormatTests {
  private struct Stop: Error {}

  private static let splits = "train=0.75,test=0.25"

  @Test(arguments: DatasetFormat.allCases) func theSameBatchGivesTheSameBytesAfterAnInterruption(
    format: DatasetFormat
  ) throws {
    let batch = try SampleBatch(perEmotion: 4)
    let splits = try DatasetSplits(parsing: Self.splits)
    let whole = try batch.export(splits, format: format).write(to: batch.path("whole"))
    #expect(whole.copied == 32 && whole.splits.map(\.images) == [26, 6])
    for stop in [1, 9, 22, 32] {
      #expect(throws: Stop.self) {
        try batch.export(splits, format: format).write(to: batch.path("out")) {
          if case .image(let done, _) = $0, done >= stop { throw Stop() }
        }
      }
      #expect(try batch.names() == [".out.emofarm-partial", "whole"])
    }
    let rest = try batch.export(splits, format: format).write(to: batch.path("out"))
    #expect(rest.copied + rest.kept == 32 && rest.kept >= 21, "\(rest)")
    #expect(try batch.contents("out") == batch.contents("whole"))
    // Another batch's images do not pass for those of an interrupted run.
    let fewer = try batch.export(splits, images: Array(batch.images.dropLast()), format: format)
    #expect(throws: Stop.self) { try fewer.write(to: batch.path("out")) { if $0 == .card { throw Stop() } } }
    try batch.export(splits, format: format).write(to: batch.path("out"))
    #expect(try batch.contents("out") == batch.contents("whole"))
    #expect(try batch.names() == ["out", "whole"])
  }

  /// The committed files were read by the real clients.
  @Test(arguments: [
    (DatasetFormat.parquet, "data/train-00000-of-00001.parquet"), (.webdataset, "train-000000.tar"),
  ])
  func shardsHaveTheBytesThatClientsRead(format: DatasetFormat, path: String) throws {
    let batch = try SampleBatch(perEmotion: 1, texts: format == .parquet ? 1 : 0)
    try batch.export(format: format).write(to: batch.path("out"))
    let name = String(path.split(separator: "/").last ?? "")
    let golden = SourceTree.root.appending(path: "Tests/Fixtures/datasets/\(name)")
    let found = try #require(batch.contents("out")[path])
    if ProcessInfo.processInfo.environment["EMOFARM_WRITE_GOLDENS"] == "1" { try found.write(to: golden) }
    #expect(try found == Data(contentsOf: golden))
  }

  @Test func classFoldersHaveAFolderForEachEmotion() throws {
    let batch = try SampleBatch(perEmotion: 2)
    try batch.export(format: .classFolders).write(to: batch.path("out"))
    let files = try batch.contents("out")
    #expect(files["train/awe/000002.png"] == FileManager.default.contents(atPath: batch.images[2].source))
    let images = files.keys.filter { $0.hasSuffix(".png") }
    #expect(images.count == 16 && Set(images.map { $0.split(separator: "/")[1] }).count == 8)
    #expect(Set(files.keys).subtracting(images) == ["train.jsonl", "README.md", ".emofarm-export.json"])
    let rows = String(decoding: try #require(files["train.jsonl"]), as: UTF8.self)
    #expect(rows.contains(#"{"file_name": "train/awe/000002.png", "emotion": "awe""#))
  }

  @Test func emoSetsLayoutIsCleanAndHasTheSplits() throws {
    let batch = try SampleBatch(perEmotion: 6)
    let splits = try DatasetSplits(parsing: "train=0.5,validation=0.25,test=0.25")
    let summary = try batch.export(splits, format: .emoset).write(to: batch.path("out"))
    let check = try EmoSetCheck(folder: batch.path("out"))
    #expect(check.faults.isEmpty && check.usable == 48)
    for (split, name) in [(EmoSetSplit.train, "train"), (.val, "validation"), (.test, "test")] {
      let records = try EmoSetDataset(folder: batch.path("out")).records(in: split)
      #expect(records.count == summary.splits.first { $0.name == name }?.images)
      #expect(records.allSatisfy { $0.image.contains("/image/\($0.emotion)/\($0.emotion)_") })
    }
  }

  /// A class in WebDataset's tars, in the order that loaders need.
  @Test func tarsHoldAnImageItsMetadataAndItsClassUnderOneName() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export(format: .webdataset).write(to: batch.path("out"))
    let text = try ChildProcess.run(
      "/bin/tar", ["--list", "--verbose", "--file", batch.path("out/train-000000.tar")],
      environment: ["TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"])
    #expect(text.ending == .exited(0))
    let lines = String(decoding: text.output, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 24)
    let names = lines.map { String($0.split(separator: " ").last ?? "") }
    #expect(names.prefix(4) == ["000000.png", "000000.json", "000000.cls", "000001.png"])
    #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r-- 0/0") && $0.contains("1970-01-01 00:00") }, "\(lines[0])")
  }

  @Test(arguments: [DatasetFormat.classFolders, .emoset, .webdataset])
  func imagesWithoutAClassAreRefusedWhereEachNeedsOne(format: DatasetFormat) throws {
    let batch = try SampleBatch(perEmotion: 1, texts: 2)
    let error = #expect(throws: DatasetError.self) { try batch.export(format: format) }
    #expect(error?.description.hasPrefix("2 images are of plain text and have no class") == true)
    #expect(error?.description.hasSuffix("export them as parquet or imagefolder") == true)
  }

  @Test func aFolderOfAnotherFormIsNotReplaced() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export(format: .parquet).write(to: batch.path("out"))
    let error = #expect(throws: DatasetError.self) {
      try batch.export(marker: SampleBatch.marker()).write(to: batch.path("out"))
    }
    #expect(error?.description.contains("as parquet") == true, "\(error?.description ?? "")")
  }

  @Test func noFolderHasMoreFilesThanAHubTakes() throws {
    let batch = try SampleBatch(perEmotion: 1)
    let many = (0..<10_001).map { index in
      var image = batch.images[0]
      image.index = index
      image.seed = UInt64(index)
      return image
    }
    try batch.export(images: many).write(to: batch.path("out"))
    let paths = try FileManager.default.subpathsOfDirectory(atPath: batch.path("out"))
    let counts = paths.reduce(into: [String: Int]()) { $0[Folder.parent(of: $1), default: 0] += 1 }
    #expect((counts.values.max() ?? 0) <= 10_000)
    #expect(paths.contains("train/0000/000000.png") && paths.contains("train/0002/010000.png"))
    let rows = try #require(FileManager.default.contents(atPath: batch.path("out/train/metadata.jsonl")))
    #expect(String(decoding: rows.prefix(40), as: UTF8.self).hasPrefix(#"{"file_name": "0000/000000.png""#))
  }

  /// Images of batches that measure and of others have the same columns in one dataset.
  @Test func whatWasMeasuredHasColumnsOfItsOwn() throws {
    let batch = try SampleBatch(perEmotion: 1)
    try batch.export(additions: [.csv]).write(to: batch.path("plain"))
    var images = batch.images
    images[2].measured = DatasetImage.Measured(
      emotions: [0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05], content: 0.25, attribute: "beach", hash: "00ff00ff00ff00ff")
    images[3].measured = DatasetImage.Measured(emotions: [0.5, 0.5, 0, 0, 0, 0, 0, 0], hash: "8000000000000000")
    try batch.export(images: images, additions: [.csv]).write(to: batch.path("out"))
    func lines(_ path: String) throws -> [String] {
      let text = try #require(FileManager.default.contents(atPath: batch.path(path)))
      return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    let rows = try lines("out/train/metadata.jsonl")
    #expect(
      rows[2].hasSuffix(
        #""measured_emotion": "contentment", "measured_weights": [0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05], "measured_content": 0.25, "measured_attribute": "beach", "perceptual_hash": "00ff00ff00ff00ff"}"#
      ), "\(rows[2])")
    // The first of equals; a classifier of content may be missing.
    #expect(rows[3].contains(#""measured_emotion": "amusement""#) && rows[3].contains(#""measured_content": null"#))
    #expect(
      rows[0].hasSuffix(
        #""measured_emotion": null, "measured_weights": null, "measured_content": null, "measured_attribute": null, "perceptual_hash": null}"#
      ))
    #expect(try lines("plain/train/metadata.jsonl").allSatisfy { !$0.contains("measured") })
    #expect(
      try lines("out/train.csv")[0].hasSuffix(
        ",generator,measured_emotion,measured_weights,measured_content,measured_attribute,perceptual_hash"))
    #expect(try lines("out/train.csv").last?.hasSuffix(",EmoFarm 0.1.0,,,,,") == true)
    #expect(try lines("out/README.md").contains { $0.hasPrefix("| `perceptual_hash` |") })
    #expect(try !lines("plain/README.md").contains { $0.contains("perceptual_hash") })
    #expect(throws: Never.self) {
      try batch.export(images: images, format: .parquet, additions: [.croissant]).write(to: batch.path("parquet"))
    }
  }

  @Test(arguments: DatasetFormat.allCases) func tablesAndCroissantDescribeEachSplit(format: DatasetFormat) throws {
    let batch = try SampleBatch(perEmotion: 4)
    let splits = try DatasetSplits(parsing: Self.splits)
    try batch.export(splits, format: format, additions: [.croissant]).write(to: batch.path("out"))
    let files = try batch.contents("out")
    let description = try #require(files["croissant.json"])
    let document = try #require(JSONSerialization.jsonObject(with: description) as? [String: Any])
    #expect(document["conformsTo"] as? String == "http://mlcommons.org/croissant/1.0")
    #expect(document["datePublished"] as? String == "2026-01-01")
    let records = try #require(document["recordSet"] as? [[String: Any]])
    #expect(records.compactMap { $0["name"] as? String } == ["train", "test"])
    let distribution = try #require(document["distribution"] as? [[String: Any]])
    guard format != .parquet else {
      #expect(distribution.compactMap { $0["includes"] as? String } == ["data/train-*.parquet", "data/test-*.parquet"])
      #expect(files["train.csv"] == nil)
      return
    }
    for part in distribution {
      let table = try #require(files[part["contentUrl"] as? String ?? ""])
      #expect(part["sha256"] as? String == DatasetImage.digest(of: Array(table)))
      let lines = String(decoding: table, as: UTF8.self).split(separator: "\n")
      #expect(lines[0].hasPrefix("file_name,emotion,emotion_index,emotion_weights,emotion_spec,prompt,"))
      let place = lines[1].prefix { $0 != "," }
      #expect(files[String(place)] != nil, "\(place)")
      #expect(lines[1].contains(#","a ""bag"""#), "\(lines[1])")
    }
    try batch.export(splits, format: format).write(to: batch.path("out"))
    #expect(try batch.contents("out")["croissant.json"] == nil && batch.contents("out")["train.csv"] == nil)
  }
}
