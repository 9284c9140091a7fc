import Engine
import Foundation
import Models
import TestSupport
import Testing
import Training

/// Compares stage 2 on the shipped model with the same training in PyTorch: `Tests/Fixtures/training/README.md`.
struct MapperObjectiveTests {
  @Test func lossesAndGradientsOfTheReferenceModelAgreeWithPyTorch() throws {
    for checkpointing in [false, true] {
      let stage = try ReferenceStage(threads: 2)
      let (losses, tape) = try stage.first(checkpointing: checkpointing)
      _ = tape
      #expect(Comparison([losses.total], try stage.expected("step00.loss")).relative < 1e-3)
      #expect(Comparison(losses.denoising, try stage.expected("step00.loss_ldm")).relative < 1e-3)
      #expect(Comparison(losses.attribute, try stage.expected("step00.loss_attr")).relative < 1e-3)
      for parameter in stage.parameters.all {
        let gradient = parameter.exported(parameter.gradient).values
        let comparison = Comparison(gradient, try stage.expected("step00.grad.\(parameter.name)"))
        #expect(comparison.relative < 1e-3, "\(parameter.name): \(comparison)")
      }
    }
  }

  @Test func tenStepsWithAdamWAgreeWithPyTorch() throws {
    let stage = try ReferenceStage(threads: 2)
    let moments = stage.parameters.all.map { [Tensor($0.value.shape), Tensor($0.value.shape)] }
    for step in 0..<10 {
      stage.parameters.zeroGradients()
      let tape = Tape(parameters: stage.parameters)
      let losses = stage.objective.accumulate(try stage.batch(step), tape: tape, on: stage.compute)
      #expect(Comparison([losses.total], try stage.expected("step0\(step).loss")).relative < 1e-3, "step \(step)")
      for (parameter, moments) in zip(stage.parameters.all, moments) {
        stage.compute.update(parameter, moments: moments, by: .adamW(), rate: 1e-3, step: step + 1)
      }
    }
    for parameter in stage.parameters.all {
      let comparison = Comparison(
        parameter.exported(parameter.value).values, try stage.expected("mapper_final.\(parameter.name)"))
      #expect(comparison.relative < 1e-3, "\(parameter.name): \(comparison)")
    }
  }

  @Test func gradientsHaveTheSameBitsWithCheckpointingAndAnyThreadCount() throws {
    var results: [[Float]] = []
    for (threads, checkpointing) in [(1, false), (2, false), (2, true), (3, true)] {
      let stage = try ReferenceStage(threads: threads)
      _ = try stage.first(checkpointing: checkpointing)
      results.append(stage.parameters.all.flatMap(\.gradient.values))
    }
    #expect(results.dropFirst().allSatisfy { $0 == results[0] })
  }

  @Test func onlyTheMappersWeightsChange() throws {
    let stage = try ReferenceStage(threads: 2)
    #expect(stage.parameters.all.map(\.name) == ["mlp.0.weight", "mlp.0.bias", "mlp.2.weight", "mlp.2.bias"])
    let before = try stage.frozenValues()
    _ = try stage.first(checkpointing: false)
    #expect(try stage.frozenValues() == before)
    #expect(stage.parameters.all.allSatisfy { $0.gradient.values.contains { $0 != 0 } })
  }
}
