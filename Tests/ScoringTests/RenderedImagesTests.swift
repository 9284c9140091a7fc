import EmoGen
import Files
import Foundation
import Scoring
import TestSupport
import Testing
import Vocabulary

struct RenderedImagesTests {
  private let settings = RenderSettings.official

  @Test func seedsOfConsecutiveEmotionsDifferByAThousand() throws {
    let images = try RenderedImages(.emotion(prompt: ""), perEmotion: 3, settings: settings, seed: 7)
    let requests = images.requests(.fear)
    #expect(requests.map(\.seeds) == [[6007, 6008, 6009]])
    #expect(requests.map(\.subject) == [.emotion(EmotionSpec(.fear), prompt: "")])
    #expect(images.count == 24)
  }

  @Test func textsNameTheirEmotion() throws {
    let images = try RenderedImages(.text("an image of {emotion}"), perEmotion: 2, settings: settings)
    #expect(images.requests(.awe).map(\.subject) == [.text("an image of awe")])
  }

  @Test func attributesTakeTurns() async throws {
    let table = try await TestFolder.with { folder in
      let file = "\(folder)/confidence.json"
      let amusing = ["ferris_wheel", "circus", "balloons", "lollipop"].map { ($0, Emotion.amusement) }
      let others = Emotion.allCases.filter { $0 != .amusement }.map { ("sign_of_\($0.rawValue)", $0) }
      let rows = Dictionary(uniqueKeysWithValues: amusing + others).mapValues { [$0.rawValue: 1.0] }
      try JSONEncoder().encode(rows).write(to: URL(filePath: file))
      return try AttributeTable(confidence: file)
    }
    let images = try RenderedImages(
      .text("a picture of a {attribute}"), perEmotion: 6, settings: settings, attributes: table)
    let requests = images.requests(.amusement)
    #expect(requests.map(\.seeds) == [[0, 4], [1, 5], [2], [3]])
    #expect(
      requests.map(\.subject)
        == ["balloons", "circus", "ferris wheel", "lollipop"].map { .text("a picture of a \($0)") })
    #expect(throws: MetricsError.self) {
      try RenderedImages(.text("a {attribute}"), perEmotion: 2, settings: settings)
    }
  }

  @Test func aMixtureCountsUnderItsDominantEmotion() throws {
    let spec = try EmotionSpec(parsing: "awe=0.3,fear=0.7")
    let images = try RenderedImages(.spec(spec), perEmotion: 2, settings: settings)
    #expect(images.emotions == [.fear])
    #expect(images.requests(.fear).map(\.subject) == [.emotion(spec, prompt: "")])
  }
}
