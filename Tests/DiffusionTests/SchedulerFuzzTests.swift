import Diffusion
import Files
import Foundation
import TestSupport
import Testing
import Vocabulary

/// Damaged scheduler configurations end in a sampler with finite values or in one message.
struct SchedulerFuzzTests {
  @Test func everySamplerIsMadeOrRefused() throws {
    let folder = SourceTree.fixture("diffusion/configurations")
    let seeds = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try [UInt8](Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
    }
    let samplers = SamplerName.allCases
    var number = 0
    let outcome = try Fuzzing.run(seeds, throwing: SamplerError.self) { bytes in
      number += 1
      let configuration = try SchedulerConfiguration(json: Data(bytes)).corrected
      let sampler = try Sampler(
        samplers[number / 4 % samplers.count], configuration: configuration, steps: [1, 4, 20, 50][number % 4])
      #expect(sampler.initialNoiseScale.isFinite)
    }
    #expect(outcome.read > Fuzzing.inputs / 100 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
  }
}
