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
