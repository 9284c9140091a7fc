import Checkpoints
import Engine
import Files
import Foundation
import Models
import TestSupport
import Testing

struct TokenRowTests {
  /// Stable Diffusion 1.x pads with the end token, 2.x with `!`.
  @Test(arguments: [("sd15", 49407), ("sd21-base", 0)]) func publishedFoldersGiveCLIPsOwnTokens(
    name: String, pad: Int
  ) async throws {
    try await TestFolder.with { folder in
      try PublishedModel.writeText(of: name, to: folder)
      let tokenizer = try CLIPTokenizer(folder: folder)
      let configuration = try CLIPTextConfiguration(file: "\(folder)/config.json")
      #expect(tokenizer.special == SpecialTokenIDs(begin: 49406, end: 49407, pad: pad))
      let row = try tokenizer.row("ab", length: configuration.positions)
      #expect(row.ids == [49406, 64, 321, 49407] + Array(repeating: pad, count: 73))
      #expect(row.end == 3 && row.emotions.isEmpty)
      // The configuration says that the end token is 2, which does not occur among the ids.
      #expect(try configuration.pooledPosition(of: row.ids) == row.end)
    }
  }

  @Test func emotionTokensFollowTheBeginTokenAndPrecedeTheWords() throws {
    let special = SpecialTokenIDs(begin: 8, end: 9, pad: 0)
    let row = try TokenRow([4, 5], emotions: 3, special: special, length: 10)
    #expect(row.ids == [8, 9, 9, 9, 4, 5, 9, 9, 9, 9])
    #expect(row.emotions == 1..<4 && row.end == 6)
  }

  @Test func wordsAreTruncatedToLeaveRoomForTheEndToken() throws {
    let special = SpecialTokenIDs(begin: 8, end: 9, pad: 0)
    #expect(try TokenRow([1, 2, 3, 4], special: special, length: 5).ids == [8, 1, 2, 3, 9])
    #expect(try TokenRow([1, 2, 3, 4], emotions: 2, special: special, length: 5).ids == [8, 9, 9, 1, 9])
    #expect(try TokenRow([1], emotions: 3, special: special, length: 5).ids == [8, 9, 9, 9, 9])
  }

  @Test func emotionsThatDoNotFitAreRefused() throws {
    let error = #expect(throws: ModelInputError.self) {
      try TokenRow([], emotions: 4, special: SpecialTokenIDs(begin: 8, end: 9, pad: 9), length: 5)
    }
    #expect(error?.description.contains("5 positions") == true)
  }

  /// `Tests/Fixtures/models/pooling.py`.
  @Test(arguments: [2, 59, 57]) func featuresArePooledAtThePositionOfTransformers(end: Int) async throws {
    try await TestFolder.with { folder in
      let fixture = try golden("models/pooling.safetensors")
      let sd1x = SourceTree.fixture("training/sd1x")
      try Safetensors.write(
        path: "\(folder)/model.safetensors", tensors: DrawnWeights(file: "\(sd1x)-weights.json").tensors("clip"))
      let text = try String(contentsOfFile: "\(sd1x)/clip.json", encoding: .utf8)
      #expect(text.contains("\"eos_token_id\": 2"))
      try text.replacing("\"eos_token_id\": 2", with: "\"eos_token_id\": \(end)")
        .write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
      let rows = try #require(fixture["ids"]).values.map { Int($0) }.chunked(77)
      let features = try CLIPModel(folder: folder).textFeatures(rows, on: Compute(threads: 2))
      let expected = try #require(fixture["features.\(end)"]).values
      #expect(Comparison(features.values, expected).relative < 1e-5)
    }
  }

  @Test func theErrorForAnotherModelsTokenizerNamesTheKey() async throws {
    try await TestFolder.with { folder in
      let file = SourceTree.fixture("training/sd1x/text_encoder.json")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing("\"eos_token_id\": 2", with: "\"eos_token_id\": 41")
        .write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
      let configuration = try CLIPTextConfiguration(file: "\(folder)/config.json")
      let error = #expect(throws: ModelInputError.self) { try configuration.pooledPosition(of: [58, 3, 59]) }
      #expect(error?.description.contains("eos_token_id") == true)
    }
  }

  @Test func aContextWithoutRoomForBeginAndEndTokensIsRefused() async throws {
    try await TestFolder.with { folder in
      let file = SourceTree.fixture("training/sd1x/text_encoder.json")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing("\"max_position_embeddings\": 77", with: "\"max_position_embeddings\": 1")
        .write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) {
        try CLIPTextConfiguration(file: "\(folder)/config.json")
      }
      #expect(error?.message.contains("max_position_embeddings") == true)
    }
  }
}
