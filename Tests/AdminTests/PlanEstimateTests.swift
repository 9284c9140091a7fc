import Admin
import Testing
import Vocabulary

@Suite struct PlanEstimateTests {
  private let small = RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4)
  private let large = RenderSettings(width: 128, height: 64, steps: 40, sampler: .dpmpp2m, guidance: 1)

  @Test func timeGrowsWithPixelsStepsAndGuidanceAndShrinksWithWorkers() {
    let estimate = PlanEstimate([(large, 10)], samples: [.init(settings: small, seconds: 2, bytes: 10_000)])
    // Twice the pixels, twice the steps, half for guidance 1: twice the work.
    #expect(estimate.workerSeconds == 40)
    #expect(estimate.seconds(workers: 4) == 10)
    #expect(estimate.seconds(workers: 0) == 40)
    #expect(estimate.bytes == 200_000)
    #expect(!estimate.isBound)
  }

  @Test func withoutAnyImageTheTimeIsUnknownAndTheDiskIsBounded() {
    let estimate = PlanEstimate([(small, 100)], samples: [])
    #expect(estimate.workerSeconds == nil)
    #expect(estimate.isBound)
    #expect(estimate.bytes > 100 * 64 * 64 * 3)
  }

  @Test func whatNoDiskHoldsIsTheLargestNumberAndNoTrap() {
    let huge = RenderSettings(width: 1 << 40, height: 1 << 20, steps: 1, sampler: .ddim, guidance: 1)
    #expect(PlanEstimate([(huge, 1 << 20)], samples: []).bytes == .max)
    let sample = PlanEstimate.Sample(settings: small, seconds: 1, bytes: 1 << 40)
    #expect(PlanEstimate([(huge, 1)], samples: [sample]).bytes == .max)
  }
}
