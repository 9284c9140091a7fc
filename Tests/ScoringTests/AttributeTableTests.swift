import Checkpoints
import Files
import Foundation
import Scoring
import TestSupport
import Testing
import Vocabulary

struct AttributeTableTests {
  private func table(_ text: String, _ folder: String) throws -> AttributeTable {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/confidence.json"))
    return try AttributeTable(confidence: "\(folder)/confidence.json")
  }

  @Test func spellingsOfANameAreOneAttributeOfTheMostConfidentEmotion() async throws {
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

  @Test func theShippedModelsAttributesBelongToTheEmotionTheyEvokeMost() throws {
    let file = "\(SourceTree.tinyModel)/emotion_space/confidence.json"
    let confidence = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(contentsOf: URL(filePath: file)))
    let table = try AttributeTable(confidence: file)
    #expect(table.names.count == confidence.count && table.names == table.names.sorted())
    for (name, row) in confidence {
      let index = try #require(table.index(of: name))
      #expect(table.emotions[index]?.rawValue == row.max { $0.value < $1.value }?.key, "\(name)")
    }
    #expect(Emotion.allCases.allSatisfy { !table.own($0).isEmpty })
  }
}
