import Datasets
import DrawnPictures
import Files
import Foundation
import Imaging
import Testing
import Vocabulary

struct EmoSetDatasetTests {
  @Test func everythingWrittenIsRead() async throws {
    try await SampleEmoSet.with { sample in
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.faults.isEmpty)
      #expect(dataset.records.count == 64)
      #expect(EmoSetSplit.allCases.flatMap { dataset.records(in: $0) } == dataset.records)
      for record in dataset.records {
        let attribute = try #require(SyntheticAttribute.named(record.attributes.first ?? ""))
        #expect(record.attributes.count == 1)
        #expect([attribute.emotion, attribute.secondEmotion].contains(Emotion(rawValue: record.emotion)))
        #expect((record.scene == nil) == (attribute.kind == .object))
        #expect(record.imageID?.hasPrefix(record.emotion) == true)
        for level in [record.brightness, record.colorfulness] {
          let tenths = try #require(level) * 10
          #expect((0...10).contains(tenths) && tenths == tenths.rounded())
        }
        #expect(try record.picture().width == 32)
      }
      #expect(dataset.info.attributes.count == 32)
      #expect(dataset.absentKeys["facial_expression"] == 64)
    }
  }

  @Test func rowsMayHaveAnID() async throws {
    try await SampleEmoSet.with { sample in
      let before = try EmoSetDataset(folder: sample.folder).records
      let rows = try sample.rows().enumerated().map { index, row in
        index % 2 == 0 ? row : [row[0], "id-\(index)", row[1], row[2]]
      }
      try sample.write(rows, "train.json")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.faults.isEmpty)
      #expect(dataset.records.map(\.image) == before.map(\.image))
      #expect(dataset.records[1].imageID == "id-1")
      #expect(dataset.records[2].imageID == before[2].imageID)
    }
  }

  @Test func anyKeyMayBeAbsentOrNull() async throws {
    try await SampleEmoSet.with { sample in
      let rows = try sample.rows()
      let keys = ["image_id", "emotion", "scene", "object", "brightness", "colorfulness"]
      for (index, key) in keys.enumerated() {
        try sample.annotate(rows[index]) { $0[key] = nil }
        try sample.annotate(rows[index + 8]) { $0[key] = NSNull() }
      }
      try sample.write("{}", rows[20][2] as? String ?? "")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.faults.isEmpty)
      #expect(dataset.records.count == 64)
      #expect(dataset.records[4].brightness == nil && dataset.records[12].brightness == nil)
      let empty = dataset.records[20]
      #expect(empty.scene == nil && empty.objects.isEmpty && empty.imageID == nil && empty.attributes.isEmpty)
      #expect(dataset.absentKeys["brightness"] == 3)
      #expect(dataset.absentKeys["facial_expression"] == 64)
    }
  }

  @Test func namesMatchWhateverTheirCaseAndSpaces() async throws {
    try await SampleEmoSet.with { sample in
      let row = try sample.rows()[0]
      try sample.annotate(row) {
        $0["scene"] = "ferris_wheel"
        $0["object"] = ["Ice cream", "Ferris wheel", "ice_cream"]
      }
      var info = try sample.json("info.json") as? [String: [String: Any]] ?? [:]
      for (kind, name) in [("scene", "Ferris wheel"), ("object", "Ice Cream")] {
        var labels = info[kind]?["label2idx"] as? [String: Int] ?? [:]
        labels[name] = labels.count
        info[kind]?["label2idx"] = labels
      }
      try sample.write(info, "info.json")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.faults.isEmpty)
      #expect(dataset.records[0].attributes == ["ferris_wheel", "ice_cream"])
    }
  }

  @Test func rowsOfOtherFormsAreLeftOut() async throws {
    try await SampleEmoSet.with { sample in
      var rows = try sample.rows()
      let count = rows.count
      rows[1] = ["awe", "image/a.jpg"]
      rows[2] = [0, "image/a.jpg", "annotation/a.json"]
      rows[3] = ["joy", rows[3][1], rows[3][2]]
      try sample.write(rows + [["awe", "a", "b", "c", "d"]], "train.json")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.records.count == 61)
      #expect(
        dataset.faults.map(\.place) == [2, 3, 4, count + 1].map { "train.json row \($0)" })
      #expect(dataset.faults.map(\.kind) == [.wrongRow, .wrongRow, .unknownEmotion, .wrongRow])
      #expect(dataset.faults[2].message.contains("'joy'"))
    }
  }

  @Test(arguments: ["../a.jpg", "/etc/hostname", "image/../../a.jpg", "", "a\0b"])
  func pathsThatLeaveTheFolderAreRefused(path: String) async throws {
    try await SampleEmoSet.with { sample in
      var rows = try sample.rows()
      rows[0][1] = path
      rows[1][2] = path
      try sample.write(rows, "train.json")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.records.count == 62)
      #expect(dataset.faults.map(\.kind) == [.pathOutside, .pathOutside])
    }
  }

  @Test func aPictureCountsOnce() async throws {
    try await SampleEmoSet.with { sample in
      var rows = try sample.rows()
      let twice = rows[0]
      rows[5] = [twice[0], "image/./\((twice[1] as? String ?? "").dropFirst("image/".count))", twice[2]]
      try sample.write(rows, "train.json")
      try sample.write(sample.rows("val.json") + [rows[1]], "val.json")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.records.count == 63)
      #expect(dataset.faults.map(\.kind) == [.duplicateRow, .sharedImage])
      #expect(dataset.faults[0].message.hasSuffix("is in train.json row 1 already"))
    }
  }

  @Test func missingAndBrokenFilesAreNamed() async throws {
    try await SampleEmoSet.with { sample in
      let rows = try sample.rows()
      let (image, note, broken, other) = (
        rows[0][1] as? String ?? "", rows[1][2] as? String ?? "", rows[2][2] as? String ?? "",
        rows[3][2] as? String ?? ""
      )
      try sample.remove(image)
      try sample.remove(note)
      try sample.write("{\"scene\": 7}", broken)
      try sample.write("{\"scene\": \"atlantis\", \"emotion\": \"none\"}", other)
      try sample.remove("val.json")
      let valid = try SyntheticDataset(perAttribute: 2, size: 32, seed: 3).write(to: sample.folder + "-2").splits[.val]
      try FileManager.default.removeItem(atPath: sample.folder + "-2")
      let dataset = try EmoSetDataset(folder: sample.folder)
      #expect(dataset.records.count == 63 - (valid ?? 0))
      #expect(
        dataset.faults.prefix(5).map(\.place) == ["val.json", image, note, broken, other])
      #expect(
        dataset.faults.map(\.kind) == [
          .missingFile, .missingFile, .missingFile, .brokenAnnotation, .otherEmotion, .unknownAttribute,
        ])
      #expect(dataset.faults[3].message.hasPrefix("a string is needed at scene"), "\(dataset.faults[3].message)")
      // A picture without an annotation still has its emotion.
      #expect(dataset.records[0].emotion == rows[1][0] as? String)
      #expect(dataset.records[0].attributes.isEmpty)
    }
  }

  @Test func foldersOfOtherKindsAreRefused() async throws {
    try await SampleEmoSet.with { sample in
      func refusal() -> String {
        let error = #expect(throws: DatasetError.self) { try EmoSetDataset(folder: sample.folder) }
        #expect(error?.code == .badInput)
        return error?.description ?? ""
      }
      try sample.write("{\"a\": 1}", "train.json")
      #expect(refusal().contains("train.json is not a list of rows"))
      for name in ["train.json", "val.json", "test.json"] { try sample.remove(name) }
      #expect(refusal().contains("has none of train.json, val.json, test.json"))
      try sample.write("{\"scene\": {}}", "info.json")
      #expect(refusal().contains("'label2idx' is missing at scene"))
      try sample.write("nothing", "info.json")
      #expect(refusal().contains("it is not JSON"))
      try sample.remove("info.json")
      #expect(refusal().contains("info.json is missing"))
    }
  }
}
