import Datasets
import Files
import Foundation
import Testing
import Vocabulary

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

  /// The subject and the seed of each exported image, by split.
  private static func members(_ batch: SampleBatch, _ folder: String) throws -> [String: Set<String>] {
    var members: [String: Set<String>] = [:]
    for (path, contents) in try batch.contents(folder) where path.hasSuffix("/metadata.jsonl") {
      for line in String(decoding: contents, as: UTF8.self).split(separator: "\n") {
        let row = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let words = ["emotion_spec", "prompt", "text", "seed"].map { "\(row[$0] ?? "")" }.joined(separator: "|")
        members[String(path.prefix { $0 != "/" }), default: []].insert(words)
      }
    }
    return members
  }

  @Test func sharesAreMetAsChanceMeetsThem() throws {
    let batch = try SampleBatch(perEmotion: 50)
    let splits = try DatasetSplits(parsing: "train=0.8,validation=0.1,test=0.1")
    let summary = try batch.export(splits).write(to: batch.path("out"))
    #expect(summary.splits.map(\.name) == ["train", "validation", "test"])
    #expect(summary.splits.map(\.images).reduce(0, +) == 400)
    for split in summary.splits {
      // Four standard deviations of a share of 400.
      #expect(abs(split.share - split.asked) < 4 * (split.asked * (1 - split.asked) / 400).squareRoot(), "\(split)")
      #expect(split.share == Double(split.images) / 400)
    }
  }

  /// A batch at a third, whole, and together with other images and other settings of the same seeds.
  @Test func anImageKeepsItsSplitWhateverElseIsExported() throws {
    let batch = try SampleBatch(perEmotion: 6, texts: 6)
    let splits = try DatasetSplits(parsing: "train=0.6,validation=0.2,test=0.2")
    let others = batch.images.map { image in
      var other = image
      other.index += 1000
      other.guidance += 1
      if image.index.isMultiple(of: 2) { other.seed += 5000 }
      return other
    }
    let third = batch.images.filter { $0.index.isMultiple(of: 3) }
    try batch.export(splits, images: third).write(to: batch.path("third"))
    try batch.export(splits).write(to: batch.path("whole"))
    try batch.export(splits, images: batch.images + others).write(to: batch.path("union"))
    let (small, whole, union) = (
      try Self.members(batch, "third"), try Self.members(batch, "whole"), try Self.members(batch, "union")
    )
    for name in DatasetSplits.names {
      #expect(small[name, default: []].isSubset(of: whole[name, default: []]))
      #expect(whole[name, default: []].isSubset(of: union[name, default: []]))
    }
    #expect(union.values.reduce(0) { $0 + $1.count } == Set(union.values.joined()).count)
  }

  @Test func aMixtureIsTheSameInWhateverOrderItIsWritten() throws {
    let batch = try SampleBatch(perEmotion: 4)
    let splits = try DatasetSplits(parsing: "train=0.5,test=0.5")
    let counts = try ["awe=0.7,fear=0.3", "fear=0.3,awe=0.7"].map { text in
      let images = try batch.images.map { image in
        var image = image
        image.subject = .emotion(try EmotionSpec(parsing: text), prompt: "")
        return image
      }
      try batch.export(splits, images: images).write(to: batch.path(text))
      return try batch.contents(text).keys.filter { $0.hasPrefix("test/") }.sorted()
    }
    #expect(counts[0] == counts[1] && !counts[0].isEmpty)
  }

  @Test func wholePromptsAndWholeEmotionsStayTogether() throws {
    let batch = try SampleBatch(perEmotion: 8)
    let images = batch.images.map { image in
      var image = image
      image.subject = .emotion(EmotionSpec(image.label ?? .awe), prompt: "prompt \(image.index % 8)")
      return image
    }
    let splits = try DatasetSplits(parsing: "train=0.5,test=0.5")
    for (unit, column) in [(DatasetSplits.Unit.prompt, 1), (.emotion, 0)] {
      try batch.export(splits, images: images, by: unit).write(to: batch.path("\(unit)"))
      let values = try Self.members(batch, "\(unit)").mapValues { rows in
        Set(rows.map { $0.split(separator: "|", omittingEmptySubsequences: false)[column] })
      }
      #expect(values.count == 2)
      #expect(values["train", default: []].isDisjoint(with: values["test", default: []]))
      let card = try #require(batch.contents("\(unit)")["README.md"])
      #expect(String(decoding: card, as: UTF8.self).contains("\(unit == .prompt ? "its words" : "its label"), so that"))
    }
  }

  /// Loaders infer the type of a label from a split, and refuse splits whose types differ.
  @Test func aSplitOfPlainTextBesideLabelledOnesIsRefused() throws {
    let batch = try SampleBatch(perEmotion: 1, texts: 1)
    let error = #expect(throws: DatasetError.self) {
      try batch.export(DatasetSplits(parsing: "train=0.5,test=0.5"), images: [batch.images[0], batch.images[8]])
    }
    #expect(error?.description.hasPrefix("the split test would have images of plain text only") == true)
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
