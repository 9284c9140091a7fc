import Files
import Scoring
import Testing
import Vocabulary

struct MixtureTests {
  /// Images to which the classifier gives these probabilities of awe and fear.
  private func point(_ weight: Double, _ awe: Double, _ fear: Double) -> MixtureReport.Point {
    var probabilities = [Double](repeating: (1 - awe - fear) / 6, count: 8)
    (probabilities[Emotion.awe.index], probabilities[Emotion.fear.index]) = (awe, fear)
    return .init(weight: weight, [probabilities, probabilities], resamples: 20, seed: 1)
  }

  @Test func pairsAreWrittenWithAPlus() throws {
    #expect(try MixturePair(parsing: "awe+Fear") == MixturePair(.awe, .fear))
    #expect(MixturePair.all(of: Emotion.allCases).count == 28)
    for text in ["awe", "awe+awe", "awe+joy", "awe+fear+anger", ""] {
      #expect(throws: MetricsError.self) { try MixturePair(parsing: text) }
    }
  }

  @Test func theEndsOfASweepAreSingleEmotions() throws {
    let pair = MixturePair(.awe, .fear)
    #expect(try pair.spec(weight: 0) == EmotionSpec(.fear))
    #expect(try pair.spec(weight: 1) == EmotionSpec(.awe))
    #expect(try pair.spec(weight: 0.25) == EmotionSpec(parsing: "awe=0.25,fear=0.75"))
  }

  @Test func bothEmotionsMustBeTheMostProbable() {
    let pair = MixturePair(.awe, .fear)
    #expect(MixtureReport(pair: pair, middle: point(0.5, 0.4, 0.3), sweep: []).showsBoth)
    #expect(!MixtureReport(pair: pair, middle: point(0.5, 0.8, 0.01), sweep: []).showsBoth)
  }

  @Test func aProbabilityRisesOnlyIfItNeverFalls() {
    let pair = MixturePair(.awe, .fear)
    let sweep = [point(1, 0.7, 0.1), point(0, 0.1, 0.6), point(0.5, 0.4, 0.65)]
    let report = MixtureReport(pair: pair, middle: point(0.5, 0.4, 0.65), sweep: sweep)
    #expect(report.sweep.map(\.weight) == [0, 0.5, 1])
    #expect(report.rises(.awe))
    #expect(!report.rises(.fear))
    #expect(!MixtureReport(pair: pair, middle: point(0.5, 0.4, 0.3), sweep: []).rises(.awe))
  }
}
