import Diffusion
import Engine
import Files
import Foundation
import TestSupport
import Testing
import Vocabulary

/// A run of diffusers: the first row holds the noise scale and the scaled noise, each further row the timestep of a
/// call and the sample after it.
struct SamplerCase: Sendable, CustomTestStringConvertible {
  let name: String
  let rows: [[Float]]

  var testDescription: String { name }
  var sampler: String { String(name.split(separator: "/")[1]) }
  var steps: Int { Int(name.split(separator: "/")[3]) ?? 0 }

  func makeSampler() throws -> Sampler {
    let parts = name.split(separator: "/")
    let json = try Data(contentsOf: URL(filePath: SourceTree.fixture("diffusion/configurations/\(parts[0]).json")))
    var configuration = try SchedulerConfiguration(json: json)
    configuration.predictionType = PredictionType(rawValue: String(parts[2]))
    return try Sampler(
      try #require(SamplerName(rawValue: sampler)), configuration: configuration, steps: steps,
      // The default of TCDScheduler's `step`, for which its pipeline gives 0.
      eta: parts.count > 4 ? Double(parts[4]) : sampler == "tcd" ? 0.3 : nil)
  }

  static func all() throws -> [SamplerCase] {
    try golden("diffusion/samplers.safetensors").sorted { $0.key < $1.key }.map { name, tensor in
      let width = tensor.shape[1]
      return SamplerCase(
        name: name, rows: (0..<tensor.shape[0]).map { Array(tensor.values[$0 * width..<($0 + 1) * width]) })
    }
  }
}

struct SamplerTests {
  /// The network with which the fixtures were generated.
  private static func network(_ latents: Tensor, _ timestep: Float) -> Tensor {
    Tensor(latents.shape, latents.values.map { 0.3 * ($0 / (1 + abs($0))) + Float(0.0005 * Double(timestep)) })
  }

  @Test(arguments: SamplerName.allCases)
  func givesTheTimestepsAndSamplesOfDiffusers(_ name: SamplerName) throws {
    let cases = try SamplerCase.all().filter { $0.sampler == name.rawValue }
    #expect(cases.count >= 50)
    for run in cases {
      var sampler = try run.makeSampler()
      #expect(sampler.timesteps.count == run.rows.count - 1, "\(run.name)")
      for (ours, row) in zip(sampler.timesteps, run.rows.dropFirst()) {
        #expect(abs(ours - row[0]) <= 1e-4 * max(row[0], 1), "\(run.name)")
      }
      #expect(abs(sampler.initialNoiseScale - run.rows[0][0]) <= 1e-6 * run.rows[0][0], "\(run.name)")

      var generator = TorchGenerator(seed: UInt64(run.steps))
      var sample = Tensor([1, 4, 2, 2], generator.normal(16).map { $0 * sampler.initialNoiseScale })
      // Some of PyTorch's square roots are off by one bit, which becomes visible if a large sample shrinks in one step.
      let peak = run.rows.flatMap { $0.dropFirst() }.reduce(0) { max($0, abs($1)) }
      for (call, row) in run.rows.dropFirst().enumerated() {
        let output = Self.network(sampler.scaled(sample, call: call), sampler.timesteps[call])
        sample = try sampler.step(output: output, call: call, sample: sample) {
          Tensor([1, 4, 2, 2], generator.normal(16))
        }
        let scale = row.dropFirst().reduce(1) { max($0, abs($1)) }
        let error = zip(sample.values, row.dropFirst()).map { abs($0 - $1) }.reduce(0, max)
        #expect(error <= 1e-5 * scale + peak * .ulpOfOne, "\(run.name), call \(call): \(error)")
      }
    }
  }

  @Test(arguments: [
    ("0-ddim", SamplerName.ddim), ("1-pndm", .pndm), ("2-euler", .euler), ("3-dpmpp-2m", .dpmpp2m),
    ("4-dpmpp-2m-karras", .dpmpp2mKarras), ("5-unipc", .unipc),
  ])
  func agreesWithTheFirstStepOfTheReferenceRenders(_ file: String, _ name: SamplerName) throws {
    let render = try golden("reference/render-\(file).safetensors")
    var sampler = try Sampler(name, configuration: try tinyConfiguration(), steps: 8)
    #expect(sampler.timesteps == render["timesteps"]?.values)
    let initial = try #require(render["latents_init"])
    let output = try #require(render["eps.000"])
    let sample = Tensor(initial.shape, initial.values.map { $0 * sampler.initialNoiseScale })
    let next = try sampler.step(output: Tensor(output.shape, output.values), call: 0, sample: sample) { sample }
    for (ours, theirs) in zip(next.values, try #require(render["latents.001"]).values) {
      #expect(abs(ours - theirs) <= 1e-5 * max(1, abs(theirs)))
    }
  }

  @Test func refusesWhatDiffusersCannotRun() throws {
    let json = try Data(contentsOf: URL(filePath: SourceTree.fixture("diffusion/refused.json")))
    let refused = try JSONDecoder().decode([String].self, from: json)
    #expect(!refused.isEmpty)
    for name in refused {
      #expect(throws: SamplerError.self, "\(name)") { try SamplerCase(name: name, rows: []).makeSampler() }
    }
  }

  @Test(arguments: SamplerName.allCases)
  func imagesHaveTheSameBitsAloneAndInABatch(_ name: SamplerName) throws {
    let configuration = try tinyConfiguration()
    func run(_ latents: Tensor) throws -> Tensor {
      try denoise(
        latents: latents, sampler: try Sampler(name, configuration: configuration, steps: 6), guidance: 1,
        network: { latents, timestep, _ in Self.network(latents, timestep) },
        noise: { linearNoise(latents.shape) }, onStep: { _ in })
    }
    /// Noise that is the same for each image.
    func linearNoise(_ shape: [Int]) -> Tensor {
      let image = (0..<shape.dropFirst().reduce(1, *)).map { (place: Int) -> Float in Float(place % 7) / 3 - 1 }
      return Tensor(shape, (0..<shape[0]).flatMap { _ in image })
    }
    var generator = TorchGenerator(seed: 5)
    let batch = Tensor([3, 3, 5, 1], generator.normal(45))
    let together = try run(batch)
    for image in 0..<3 {
      let alone = try run(batch.slice(image..<image + 1))
      #expect(alone.values.map(\.bitPattern) == together.slice(image..<image + 1).values.map(\.bitPattern))
    }
  }

  @Test func aGivenSpacingReplacesTheConfigurationsOne() throws {
    var configuration = try tinyConfiguration()
    for spacing in TimestepSpacing.allCases {
      configuration.timestepSpacing = spacing
      for name in SamplerName.allCases where name.takesTimestepSpacing {
        let own = try Sampler(name, configuration: configuration, steps: 4)
        let given = try Sampler(name, configuration: try tinyConfiguration(), steps: 4, spacing: spacing)
        #expect(given.timesteps == own.timesteps, "\(name) \(spacing)")
      }
    }
    let unknown = try SchedulerConfiguration(json: Data(#"{"timestep_spacing": "quadratic"}"#.utf8))
    #expect(
      try Sampler(.euler, configuration: unknown, steps: 1, spacing: .trailing).timesteps == [999])
    let karras = try SchedulerConfiguration(json: Data(#"{"use_karras_sigmas": true}"#.utf8))
    let error = #expect(throws: SamplerError.self) {
      try Sampler(.dpmpp2m, configuration: karras, steps: 4, spacing: .trailing)
    }
    #expect(error?.message.contains("use_karras_sigmas") == true)
    _ = try Sampler(.euler, configuration: karras, steps: 4, spacing: .trailing)
  }

  @Test func aPartOfADistillationsTimestepsMustHoldAllSteps() throws {
    let configuration = try tinyConfiguration()
    // diffusers' set_timesteps(4, strength=0.3) and (3, strength=0.5).
    for (steps, part, expected) in [(4, 0.3, [299, 239, 159, 79]), (3, 0.5, [499, 339, 179])] {
      let sampler = try Sampler(.lcm, configuration: configuration, steps: steps, distilledPart: part)
      #expect(sampler.timesteps == expected.map { Float($0) })
    }
    let error = #expect(throws: SamplerError.self) {
      try Sampler(.lcm, configuration: configuration, steps: 16, distilledPart: 0.3)
    }
    #expect(error?.message.hasSuffix("of which the strength 0.3 leaves 15; use at most 15") == true)
  }

  @Test(arguments: [0, -1, 1001])
  func refusesInvalidNumbersOfSteps(_ steps: Int) throws {
    let configuration = try tinyConfiguration()
    for name in SamplerName.allCases {
      let error = #expect(throws: SamplerError.self) { try Sampler(name, configuration: configuration, steps: steps) }
      #expect(error?.code == .steps)
      #expect(error?.message.contains("from 1 to 1000") == true)
    }
  }

  @Test func runsEveryNumberOfStepsOrRefusesItClearly() throws {
    let configuration = try tinyConfiguration()
    for name in SamplerName.allCases {
      for steps in 1...1000 {
        do {
          let sampler = try Sampler(name, configuration: configuration, steps: steps)
          let calls =
            switch name {
            case .pndm where steps > 1: steps + 1
            case .heun: 2 * steps - 1
            default: steps
            }
          #expect(sampler.timesteps.count == calls, "\(name) \(steps)")
        } catch let error as SamplerError {
          // Consistency models are distilled for 50 steps.
          let supported = [.lcm, .tcd].contains(name) ? 50 : 100
          #expect(error.code == .steps && steps > supported, "\(name) \(steps): \(error)")
        }
      }
    }
  }
}

/// The scheduler configuration of the shipped model.
func tinyConfiguration() throws -> SchedulerConfiguration {
  let file = URL(filePath: SourceTree.tinyModel).appending(path: "scheduler/scheduler_config.json")
  return try SchedulerConfiguration(json: try Data(contentsOf: file))
}
