import Datasets
import Files
import Testing

struct DatasetSplitsTests {
  @Test func orderOfTheTextDoesNotMatter() throws {
    #expect(
      try DatasetSplits(parsing: "test=.1, train=0.80,validation=0.1")
        == DatasetSplits(parsing: "train=0.8,validation=0.1,test=0.1")
    )
    #expect(try DatasetSplits(parsing: "train=1") == .trainOnly)
  }

  @Test(arguments: [
    ("", "'' is not NAME=SHARE"), ("train", "'train' is not NAME=SHARE"),
    ("val=0.5,train=0.5", "unknown name 'val' (use train, validation, test)"),
    ("train=0.5,train=0.5", "'train' occurs twice"), ("train=0", "'0' is not a share"),
    ("train=-1", "'-1' is not a share"),
    ("train=1.5", "'1.5' is not a share"), ("train=0.1234567891", "is not a share"), ("train=1e-1", "is not a share"),
    ("train=0.8,test=0.1", "the shares add up to 0.9 instead of 1"),
    ("train=0.8,test=0.3", "the shares add up to 1.1 instead of 1"),
  ])
  func whatIsWrongIsSaid(text: String, message: String) {
    let error = #expect(throws: DatasetError.self) { try DatasetSplits(parsing: text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasSuffix("write for example train=0.8,validation=0.1,test=0.1") == true)
  }

  @Test func splitsAreStratifiedAndTheirTotalsAreAsNearAsCanBe() throws {
    let batch = try SampleBatch(perEmotion: 16)
    let splits = try DatasetSplits(parsing: "train=0.8,validation=0.1,test=0.1")
    let summary = try batch.export(splits).write(to: batch.path("out"))
    #expect(summary.splits.map(\.name) == ["train", "validation", "test"])
    #expect(summary.splits.map(\.images).reduce(0, +) == 128)
    #expect(abs(summary.splits[0].images - 102) <= 1)
    #expect(abs(summary.splits[1].images - 13) <= 1)
    #expect(abs(summary.splits[2].images - 13) <= 1)
    for (split, range) in [("train", 12...13), ("validation", 1...2), ("test", 1...2)] {
      let rows = try #require(batch.contents("out")["\(split)/metadata.jsonl"])
      let lines = String(decoding: rows, as: UTF8.self).split(separator: "\n")
      for emotion in ["amusement", "anger", "sadness"] {
        #expect(range.contains(lines.count { $0.contains("\"emotion\": \"\(emotion)\"") }), "\(split) \(emotion)")
      }
    }
  }

  @Test func orderOfTheImagesDoesNotMatter() throws {
    let batch = try SampleBatch(perEmotion: 5)
    let splits = try DatasetSplits(parsing: "train=0.5,test=0.5")
    try batch.export(splits).write(to: batch.path("one"))
    try batch.export(splits, images: batch.images.reversed()).write(to: batch.path("two"))
    #expect(try batch.contents("one") == batch.contents("two"))
  }

  @Test func splitWithoutImagesIsLeftOut() throws {
    let batch = try SampleBatch(perEmotion: 0, texts: 1)
    let splits = try DatasetSplits(parsing: "train=0.9,test=0.1")
    let summary = try batch.export(splits).write(to: batch.path("out"))
    #expect(summary.splits.map(\.name) == ["train"])
    let card = try #require(batch.contents("out")["README.md"])
    #expect(!String(decoding: card, as: UTF8.self).contains("split: test"))
  }
}
