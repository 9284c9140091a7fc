import Datasets
import Files
import Foundation
import Testing

struct SeveralBatchesTests {
  private let first: SampleBatch
  private let second: SampleBatch

  init() throws {
    first = try SampleBatch(perEmotion: 3)
    second = try SampleBatch(perEmotion: 4, batch: 12)
  }

  private static func marker(_ batches: String..., format: DatasetFormat = .imagefolder) -> ExportMarker {
    ExportMarker(of: batches.map { SampleBatch.marker(format: format, batch: $0) })
  }

  private func splits() throws -> DatasetSplits { try DatasetSplits(parsing: "train=0.5,test=0.5") }

  @Test(arguments: DatasetFormat.allCases) func theOrderInWhichBatchesAreNamedDoesNotMatter(format: DatasetFormat)
    throws
  {
    try first.export(
      splits(), images: first.images + second.images, format: format, additions: [.csv],
      marker: Self.marker("1", "12", format: format)
    ).write(to: first.path("one"))
    try first.export(
      splits(), images: second.images.reversed() + first.images, format: format, additions: [.csv],
      marker: Self.marker("12", "1", format: format)
    ).write(to: first.path("other"))
    #expect(try first.contents("one") == first.contents("other"))
    // Nothing that the export wrote is taken for a file of somebody else's, and a second run changes nothing.
    let again = try first.export(
      splits(), images: first.images + second.images, format: format, additions: [.csv],
      marker: Self.marker("1", "12", format: format)
    ).write(to: first.path("one"))
    #expect(again.removed == 0)
    #expect(try first.contents("one") == first.contents("other"))
  }

  @Test func filesAreNamedByTheirBatch() throws {
    let summary = try first.export(images: first.images + second.images, marker: Self.marker("1", "12"))
      .write(to: first.path("out"))
    #expect(summary.copied == 56)
    let files = try first.contents("out")
    #expect(files["train/1-000003.png"] == FileManager.default.contents(atPath: first.images[3].source))
    #expect(files["train/12-000003.png"] == FileManager.default.contents(atPath: second.images[3].source))
    let rows = String(decoding: try #require(files["train/metadata.jsonl"]), as: UTF8.self).split(separator: "\n")
    #expect(rows[24].hasPrefix(#"{"file_name": "12-000000.png""#) && rows[24].contains(#""batch": 12, "index": 0"#))
    let card = String(decoding: try #require(files["README.md"]), as: UTF8.self)
    #expect(card.contains("| batches | `1, 12` |"))
    #expect(card.contains("| 12 |  | 2026-01-01T00:00:00.000001Z | 32 |"))
  }

  /// The second sample has the subjects of the first, and some of its seeds.
  @Test func noImageChangesItsSplit() throws {
    func places(_ name: String) throws -> [String: Set<String>] {
      var places: [String: Set<String>] = [:]
      for split in ["train", "test"] {
        let rows = String(decoding: try first.contents(name)["\(split)/metadata.jsonl"] ?? Data(), as: UTF8.self)
        for row in rows.split(separator: "\n") {
          let object = try #require(JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any])
          places["\(object["emotion"] ?? "") \(object["seed"] ?? "")", default: []].insert(split)
        }
      }
      return places
    }
    let half = Array(first.images.prefix(12))
    try first.export(splits(), images: half).write(to: first.path("half"))
    try first.export(splits()).write(to: first.path("whole"))
    try first.export(splits(), images: first.images + second.images, marker: Self.marker("1", "12"))
      .write(to: first.path("both"))
    let (some, all, both) = (try places("half"), try places("whole"), try places("both"))
    #expect(some.count == 12 && all.count == 24 && both.count > 32)
    #expect(both.values.allSatisfy { $0.count == 1 })
    for (image, split) in some { #expect(all[image] == split) }
    for (image, split) in all { #expect(both[image] == split) }
  }

  @Test func anExportOfOtherBatchesIsRefused() throws {
    let images = first.images + second.images
    try first.export(images: images, marker: Self.marker("1", "12")).write(to: first.path("out"))
    let old = try first.contents("out")
    for marker in [SampleBatch.marker(), Self.marker("1", "3"), Self.marker("1", "12", "13")] {
      let error = #expect(throws: DatasetError.self) {
        try first.export(images: first.images, marker: marker).write(to: first.path("out"))
      }
      #expect(error?.description.contains("holds another export (batches 1, 12 of the database 'emofarm'") == true)
      #expect(throws: DatasetError.self) {
        try DatasetExport.check(first.path("out"), marker: marker, format: .imagefolder)
      }
    }
    try DatasetExport.check(first.path("out"), marker: Self.marker("12", "1"), format: .imagefolder)
    #expect(try first.contents("out") == old)
    #expect(try first.names() == ["out"])
  }

  @Test func imagesThatOccurTwiceAreCounted() throws {
    var copy = first.images[5]
    copy.batch = 12
    let summary = try first.export(images: first.images + [copy], marker: Self.marker("1", "12"))
      .write(to: first.path("out"))
    #expect(summary.repeated == 1 && summary.copied == 25)
  }
}
