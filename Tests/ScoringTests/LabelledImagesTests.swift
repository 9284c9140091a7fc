import Files
import Foundation
import Scoring
import TestSupport
import Testing
import Vocabulary

struct LabelledImagesTests {
  private func write(_ text: String, to path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  @Test func aFolderForEachEmotionIsReadInOrder() async throws {
    try await TestFolder.with { folder in
      for name in ["fear/b.png", "fear/a.PNG", "awe/1.png", "awe/notes.txt", "joy/1.png"] {
        try Pictures.write(Pictures.noise(1, side: 4), to: "\(folder)/\(name)")
      }
      let found = try LabelledImages(folder, emotions: [.awe, .fear])
      #expect(found.images.map { $0.file.dropFirst(folder.count + 1) } == ["awe/1.png", "fear/a.PNG", "fear/b.png"])
      #expect(found.images.map(\.emotion) == [.awe, .fear, .fear])
      #expect(try found.images[0].picture() == Pictures.noise(1, side: 4))
    }
  }

  @Test func anExportsRowsNameTheirEmotions() async throws {
    try await TestFolder.with { folder in
      try write(
        #"{"file_name": "0.png", "emotion": "awe"}"# + "\n" + #"{"file_name": "1.png", "emotion": ""}"# + "\n",
        to: "\(folder)/train/metadata.jsonl")
      try write(#"{"file_name": "2.png", "emotion": "awe"}"#, to: "\(folder)/test/metadata.jsonl")
      #expect(try LabelledImages(folder, emotions: [.awe]).images.count == 2)
      let test = try LabelledImages(folder, split: "test", emotions: [.awe])
      #expect(test.images.map(\.file) == ["\(folder)/test/2.png"])
      let error = #expect(throws: MetricsError.self) { try LabelledImages(folder, split: "val", emotions: [.awe]) }
      #expect(error?.description.contains("it has test, train") == true)
    }
  }

  @Test func aRowThatLeavesTheFolderIsRefused() async throws {
    try await TestFolder.with { folder in
      try write(#"{"file_name": "../secret.png", "emotion": "awe"}"#, to: "\(folder)/metadata.jsonl")
      let error = #expect(throws: MetricsError.self) { try LabelledImages(folder, emotions: [.awe]) }
      #expect(error?.description.contains("line 1") == true)
    }
  }

  @Test func theErrorForEmotionsWithoutImagesNamesThemAndTheRemedy() async throws {
    try await TestFolder.with { folder in
      let none = #expect(throws: MetricsError.self) { try LabelledImages(folder) }
      #expect(none?.description.contains("has no images of emotions") == true)
      try Pictures.write(Pictures.noise(1, side: 4), to: "\(folder)/awe/1.png")
      let some = #expect(throws: MetricsError.self) { try LabelledImages(folder, emotions: [.awe, .fear]) }
      #expect(some?.description.contains("no images of fear") == true)
      #expect(some?.description.contains("--emotions awe") == true)
    }
  }

  @Test func theDefaultOfEmoSetIsItsTestSplit() async throws {
    try await TestFolder.with { folder in
      try write(
        #"{"emotion": {"label2idx": {"awe": 1}, "idx2label": {"1": "awe"}}, "scene": {"label2idx": {}, "idx2label": {}}, "object": {"label2idx": {}, "idx2label": {}}}"#,
        to: "\(folder)/info.json")
      for (split, name) in [("train", "a"), ("test", "b")] {
        try write(
          #"[["awe", "image/awe/\#(name).png", "annotation/awe/\#(name).json"]]"#, to: "\(folder)/\(split).json")
        try Pictures.write(Pictures.noise(1, side: 4), to: "\(folder)/image/awe/\(name).png")
        try write(#"{"emotion": "awe"}"#, to: "\(folder)/annotation/awe/\(name).json")
      }
      let test = try LabelledImages(folder, emotions: [.awe])
      #expect(test.split == "test" && test.images.map(\.file) == ["\(folder)/image/awe/b.png"])
      #expect(try LabelledImages(folder, split: "train", emotions: [.awe]).images.count == 1)
      #expect(throws: MetricsError.self) { try LabelledImages(folder, split: "validation", emotions: [.awe]) }
    }
  }
}
