import Checkpoints
import EmoGen
import Foundation
import Metrics
import TestSupport
import Testing

struct AttributeTableTests {
  private func table(_ text: String, _ folder: String) throws -> AttributeTable {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/confidence.json"))
    return try AttributeTable(confidence: "\(folder)/confidence.json")
  }

  @Test func namesSpeltInTwoWaysAreOneAttributeOfTheSurestEmotion() async throws {
    try await TestFolder.with { folder in
      let table = try table(
        #"{"Ferris wheel": {"amusement": 0.6, "excitement": 0.4}, "ferris_wheel": {"amusement": 0.7}, "rain": {"sadness": 1}}"#,
        folder)
      #expect(table.names == ["ferris_wheel", "rain"])
      #expect(table.emotions == [.amusement, .sadness])
      #expect(table.index(of: "Ferris Wheel") == 0 && table.index(of: "snow") == nil)
      #expect(table.words(0) == "ferris wheel")
      #expect(table.own(.sadness) == [1] && table.own(.awe) == [])
    }
  }

  @Test(arguments: ["{}", #"{"rain": {"joy": 1}}"#, #"{"rain": 1}"#]) func tablesWithoutEmotionsAreRefused(
    text: String
  ) async throws {
    try await TestFolder.with { folder in
      _ = #expect(throws: CheckpointError.self) { try table(text, folder) }
    }
  }

  @Test func theReferencesAttributesAreFourAnEmotion() throws {
    let table = try AttributeTable(confidence: "\(SourceTree.tinyModel)/emotion_space/confidence.json")
    #expect(table.names.count == 32)
    #expect(Emotion.allCases.allSatisfy { table.own($0).count == 4 })
  }
}
