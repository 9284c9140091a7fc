import Engine
import TestSupport
import Testing
import Training

/// Compares stage 2 on a model with the architecture of Stable Diffusion 1.x with the same training in PyTorch:
/// `Tests/Fixtures/training/sd1x.py`.
struct SD1xObjectiveTests {
  @Test func tenStepsAndTheirFirstGradientsAgreeWithPyTorch() async throws {
    try await TestFolder.with { folder in
      let stage = try SD1xStage(folder: folder, threads: 2)
      let moments = stage.parameters.all.map { [Tensor($0.value.shape), Tensor($0.value.shape)] }
      for step in 0..<10 {
        stage.parameters.zeroGradients()
        let tape = Tape(parameters: stage.parameters)
        let losses = stage.objective.accumulate(try stage.batch(step), tape: tape, on: stage.compute)
        #expect(Comparison([losses.total], try stage.expected("\(step).loss")).relative < 1e-4, "step \(step)")
        #expect(Comparison(losses.denoising, try stage.expected("\(step).ldm")).relative < 1e-4, "step \(step)")
        #expect(Comparison(losses.attribute, try stage.expected("\(step).attr")).relative < 1e-4, "step \(step)")
        for (parameter, moments) in zip(stage.parameters.all, moments) {
          if step == 0 {
            let gradient = parameter.exported(parameter.gradient).values
            let comparison = Comparison(gradient, try stage.expected("grad.\(parameter.name)"))
            #expect(comparison.relative < 1e-3, "\(parameter.name): \(comparison)")
          }
          stage.compute.update(parameter, moments: moments, by: .adamW(), rate: 1e-3, step: step + 1)
        }
      }
      for parameter in stage.parameters.all {
        let comparison = Comparison(
          parameter.exported(parameter.value).values, try stage.expected("final.\(parameter.name)"))
        #expect(comparison.relative < 1e-3, "\(parameter.name): \(comparison)")
      }
    }
  }

  @Test func gradientsHaveTheSameBitsWithCheckpointing() async throws {
    try await TestFolder.with { folder in
      var results: [[Float]] = []
      for (threads, checkpointing) in [(1, false), (2, true)] {
        let stage = try SD1xStage(folder: folder, threads: threads)
        let tape = Tape(parameters: stage.parameters, checkpointing: checkpointing)
        _ = stage.objective.accumulate(try stage.batch(0), tape: tape, on: stage.compute)
        results.append(stage.parameters.all.flatMap(\.gradient.values))
      }
      #expect(results[0] == results[1])
    }
  }
}
