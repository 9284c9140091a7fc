import Testing
import Vocabulary

struct EmotionSpecTests {
  @Test func writtenFormsAreParsed() throws {
    for text in ["awe", "awe+fear", "awe=0.7,fear=0.3", "awe=0.25,fear=0.75+sadness"] {
      let spec = try EmotionSpec(parsing: text)
      #expect(spec.description == text)
      #expect(try EmotionSpec(parsing: spec.description) == spec)
    }
  }

  @Test func normalisedWeightsKeepTheirBitsWhenParsedAgain() throws {
    for number in 1...500 {
      let text = "awe=\(Double(number) / 7),fear=\(Double(number % 13) + 0.1),anger=0.\(number)"
      let spec = try EmotionSpec(parsing: text)
      #expect(try EmotionSpec(parsing: spec.description) == spec)
    }
  }

  @Test func weightsAreNormalised() throws {
    let spec = try EmotionSpec(parsing: "awe=3, fear=1")
    #expect(spec.tokens[0].map(\.weight) == [0.75, 0.25])
    #expect(spec.dominant == .awe)
    #expect(spec.emotions == [.awe, .fear])
  }

  /// The largest share over all tokens; the first of equal ones in EmoSet's order.
  @Test(arguments: [
    ("awe=0.7,fear=0.3", Emotion.awe), ("fear=0.3,awe=0.7", .awe), ("awe=0.5,fear=0.5", .awe),
    ("fear=0.5,awe=0.5", .awe), ("fear+awe", .awe), ("awe+fear", .awe), ("sadness+sadness+awe", .sadness),
    ("fear=0.6,awe=0.4+sadness=0.6,awe=0.4", .awe), ("awe=0.4,fear=0.6+awe=0.4,sadness=0.6", .awe),
    ("sadness=1,fear=1,anger=1", .anger), ("anger=1,sadness=1,fear=1", .anger),
  ])
  func theLabelDoesNotDependOnTheOrderOfWriting(text: String, label: Emotion) throws {
    let spec = try EmotionSpec(parsing: text)
    #expect(spec.dominant == label)
    #expect(spec.weights.count == 8 && abs(spec.weights.reduce(0, +) - 1) < 1e-12)
  }

  @Test(arguments: [
    ("awe=0.1,fear=0.2,anger=0.7", "anger=0.7,fear=0.2,awe=0.1"),
    ("awe=0.3,fear=0.7+fear+awe", "awe+fear=0.7,awe=0.3+fear"),
  ])
  func theSharesHaveTheSameBitsInWhateverOrder(one: String, other: String) throws {
    #expect(try EmotionSpec(parsing: one).weights == EmotionSpec(parsing: other).weights)
  }

  @Test(arguments: [
    ("joy", "unknown emotion 'joy'"), ("", "unknown emotion ''"), ("awe+", "unknown emotion ''"),
    ("awe=0,fear=1", "weight '0' of awe"), ("awe=-1,fear=2", "weight '-1' of awe"), ("awe=nan", "weight 'nan' of awe"),
    ("awe=x", "weight 'x' of awe"), ("awe=0.5,awe=0.5", "occurs twice"), ("awe=inf,fear=1", "weight 'inf' of awe"),
  ])
  func wrongFormsSayWhatIsWrong(text: String, message: String) {
    #expect {
      try EmotionSpec(parsing: text)
    } throws: {
      "\($0)".contains(message)
    }
  }
}
