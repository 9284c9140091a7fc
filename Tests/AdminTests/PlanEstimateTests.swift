import Admin
import EmoGen
import TestSupport
import Testing
import Vocabulary

@Suite struct PlanEstimateTests {
  private let small = RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4)
  private let large = RenderSettings(width: 128, height: 64, steps: 40, sampler: .dpmpp2m, guidance: 1)

  @Test func timeGrowsWithPixelsStepsAndGuidanceAndShrinksWithWorkers() {
    let estimate = PlanEstimate([(large, 10)], samples: [.init(settings: small, seconds: 2, bytes: 10_000)], model: nil)
    // Twice the pixels, twice the steps, half for guidance 1: twice the work.
    #expect(estimate.workerSeconds == 40)
    #expect(estimate.seconds(workers: 4) == 10)
    #expect(estimate.seconds(workers: 0) == 40)
    #expect(estimate.bytes == 200_000)
    #expect(!estimate.isBound)
  }

  @Test(
    arguments: [
      (SamplerName.ddim, nil, 10), (.heun, nil, 19), (.pndm, nil, 11), (.ddim, 0.35, 3), (.heun, 0.35, 5),
      (.pndm, 0.35, 4), (.lcm, 0.35, 3), (.tcd, 0.05, 0),
    ] as [(SamplerName, Double?, Int)])
  func timeFollowsTheDenoisersCalls(_ sampler: SamplerName, _ strength: Double?, _ calls: Int) throws {
    var settings = RenderSettings(width: 64, height: 64, steps: 10, sampler: sampler, guidance: 4)
    settings.source = strength.map { _ in AddedFile(path: "/pictures/a.png") }
    settings.strength = strength ?? 1
    let measured = RenderSettings(width: 64, height: 64, steps: 10, sampler: .euler, guidance: 4)
    let sample = PlanEstimate.Sample(settings: measured, seconds: 20, bytes: 1)
    for model in [nil, try ModelFolder(SourceTree.tinyModel)] {
      let seconds = PlanEstimate([(settings, 1)], samples: [sample], model: model).workerSeconds
      #expect(seconds == Double(2 * calls), "\(model == nil)")
    }
  }

  @Test func withoutAnyImageTheTimeIsUnknownAndTheDiskIsBounded() {
    let estimate = PlanEstimate([(small, 100)], samples: [], model: nil)
    #expect(estimate.workerSeconds == nil)
    #expect(estimate.isBound)
    #expect(estimate.bytes > 100 * 64 * 64 * 3)
  }

  @Test func whatNoDiskHoldsIsTheLargestNumberAndNoTrap() {
    let huge = RenderSettings(width: 1 << 40, height: 1 << 20, steps: 1, sampler: .ddim, guidance: 1)
    #expect(PlanEstimate([(huge, 1 << 20)], samples: [], model: nil).bytes == .max)
    let sample = PlanEstimate.Sample(settings: small, seconds: 1, bytes: 1 << 40)
    #expect(PlanEstimate([(huge, 1)], samples: [sample], model: nil).bytes == .max)
  }
}
