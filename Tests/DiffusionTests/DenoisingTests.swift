import Diffusion
import Engine
import Testing
import Vocabulary

struct DenoisingTests {
  private struct Stopped: Error {}

  private let latents = Tensor([2, 1, 2, 4], (0..<16).map { Float($0) / 8 - 1 })

  private func makeSampler(_ name: SamplerName = .ddim, steps: Int = 5) throws -> Sampler {
    try Sampler(name, configuration: try tinyConfiguration(), steps: steps)
  }

  @Test func addsTheGuidedDifferenceToTheUnconditionalOutput() {
    let both = Tensor([4, 1, 1, 2], [0, 1, 2, 3, 10, 21, 32, 43])
    #expect(guidedOutput(both, scale: 3).values == [30, 61, 92, 123])
    #expect(guidedOutput(both, scale: 0).values == [0, 1, 2, 3])
    #expect(guidedOutput(both, scale: 3).shape == [2, 1, 1, 2])
  }

  @Test func guidanceBetweenEqualOutputsChangesNothing() throws {
    func run(_ guidance: Float) throws -> [Float] {
      try denoise(
        latents: latents, sampler: try makeSampler(.dpmpp2m), guidance: guidance,
        network: { input, timestep, guided in
          let output = Tensor(input.shape, input.values.map { $0 * 0.1 + timestep / 1000 })
          return guided ? Tensor.concatenated([output, output]) : output
        },
        noise: { latents }, onStep: { _ in }
      ).values
    }
    #expect(try run(7.5) == run(1))
  }

  @Test func computesUnconditionalOutputsOnlyWithGuidance() throws {
    for (guidance, expected) in [(Float(1), false), (4, true), (1.01, true), (0.5, false), (0, false)] {
      var asked: [Bool] = []
      _ = try denoise(
        latents: latents, sampler: try makeSampler(), guidance: guidance,
        network: { input, _, guided in
          asked.append(guided)
          return guided ? Tensor.concatenated([input, input]) : input
        },
        noise: { latents }, onStep: { _ in })
      #expect(asked == Array(repeating: expected, count: 5))
    }
  }

  @Test func guidanceAppliesOnlyAtTheGuidedTimesteps() throws {
    var asked: [Bool] = []
    var scales: [Float] = []
    _ = try denoise(
      latents: latents, sampler: try makeSampler(), guidance: 3, isGuided: { $0 > 300 && $0 < 700 },
      network: { input, timestep, guided in
        asked.append(guided)
        #expect(guided == (timestep > 300 && timestep < 700))
        let one = Tensor(input.shape, repeating: 1)
        return guided ? Tensor.concatenated([Tensor(input.shape), one]) : one
      },
      noise: { latents }, onStep: { scales.append($0.output.values[0]) })
    #expect(Set(asked) == [true, false])
    #expect(scales == asked.map { $0 ? 3 : 1 })
  }

  @Test func reportsEveryCallWithItsLatents() throws {
    var steps: [DenoisingStep] = []
    let result = try denoise(
      latents: latents, sampler: try makeSampler(.pndm), guidance: 1, network: { input, _, _ in input },
      noise: { latents }, onStep: { steps.append($0) })
    #expect(steps.map(\.call) == Array(0..<6))
    #expect(steps.allSatisfy { $0.calls == 6 && $0.latents.shape == latents.shape })
    #expect(steps.last?.latents.values == result.values)
  }

  @Test func stopsIfTheCallbackThrows() throws {
    var calls = 0
    #expect(throws: Stopped.self) {
      try denoise(
        latents: latents, sampler: try makeSampler(), guidance: 1,
        network: { input, _, _ in
          calls += 1
          return input
        },
        noise: { latents }, onStep: { if $0.call == 2 { throw Stopped() } })
    }
    #expect(calls == 3)
  }

  @Test func scalesTheFirstSampleAndTheNetworksInput() throws {
    let sampler = try makeSampler(.euler)
    #expect(sampler.initialNoiseScale > 10)
    var first: [Float] = []
    _ = try denoise(
      latents: latents, sampler: sampler, guidance: 1,
      network: { input, _, _ in
        if first.isEmpty { first = input.values }
        return input
      },
      noise: { latents }, onStep: { _ in })
    // At the first level, σ / √(σ² + 1) is close to 1.
    for (ours, theirs) in zip(first, latents.values) { #expect(abs(ours - theirs) < 0.01) }
  }

  @Test func onlyStochasticSamplersDrawNoise() throws {
    for name in SamplerName.allCases {
      var draws = 0
      _ = try denoise(
        latents: latents, sampler: try makeSampler(name), guidance: 1, network: { input, _, _ in input },
        noise: {
          draws += 1
          return latents
        }, onStep: { _ in })
      let expected =
        switch name {
        // The shipped model's steps_offset keeps the last step of ddpm above timestep 0, so it draws, too.
        case .eulerAncestral, .ddpm, .dpmpp2mSDE, .dpmppSDE: 5
        case .lcm: 4
        default: 0
        }
      #expect(draws == expected, "\(name)")
    }
  }
}
