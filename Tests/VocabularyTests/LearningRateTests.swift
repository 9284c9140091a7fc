import Testing
import Vocabulary

struct LearningRateTests {
  @Test func warmUpRisesLinearlyAndCosineEndsAtZero() {
    let rate = LearningRate(peak: 0.4, warmUpSteps: 4, shape: .cosine)
    #expect(rate.at(0, of: 12) == 0.1)
    #expect(rate.at(4, of: 12) == 0.4)
    #expect(abs(rate.at(8, of: 12) - 0.2) < 1e-12)
    #expect(abs(rate.at(12, of: 12)) < 1e-12)
    #expect(LearningRate(peak: 0.4).at(1_000_000, of: 12) == 0.4)
  }
}
