import Checkpoints
import Engine
import Foundation
import Imaging
import Models
import TestSupport
import Testing
import Training

/// Compares stage 1 with the same training in PyTorch: `Tests/Fixtures/training/stage1.py`.
struct EncoderObjectiveTests {
  private static let (batch, size, width, classes) = (8, 32, 8, 8)

  /// The fixture's pattern: `[N, size, size, 3]` in −1 … 1.
  private func pixels(_ step: Int) -> Tensor {
    var values: [Float] = []
    for sample in 0..<Self.batch {
      let k = sample + step * Self.batch
      for y in 0..<Self.size {
        for x in 0..<Self.size {
          for channel in 0..<3 {
            let byte = (x * (3 + k % 5) + y * (5 + k % 7) + channel * 41 + k * 29 + x * y * (k % 3)) % 256
            values.append((Float(byte) / 255 - 0.5) / 0.5)
          }
        }
      }
    }
    return Tensor([Self.batch, Self.size, Self.size, 3], values)
  }

  private func mask(_ step: Int) -> Tensor {
    Tensor(
      [Self.batch, Self.width],
      (0..<Self.batch).flatMap { sample in
        (0..<Self.width).map { (sample * 7 + $0 * 3 + step) % 5 < 3 ? Float(2) : 0 }
      })
  }

  @Test func tenStepsAndTheirFirstGradientsAgreeWithPyTorch() async throws {
    try await TestFolder.with { folder in
      let file = try Weights(file: SourceTree.fixture("training/stage1.safetensors"))
      func expected(_ name: String) throws -> [Float] { try file.tensor(name, file.shape(of: name) ?? []).values }
      let configuration = "\(folder)/config.json"
      try EncoderTask.writeConfiguration(
        width: 4, layers: [1, 1], embedding: Self.width, classes: (0..<Self.classes).map { "\($0)" },
        imageSize: Self.size, to: configuration)
      let grey = RGBImage(width: Self.size, height: Self.size, filledWith: RGBColor(128, 128, 128))
      let pictures = PictureSet(
        (0..<Self.classes).map { Picture(image: grey, emotion: $0, attributes: []) }, size: Self.size)
      let task = try EncoderTask(
        configuration: configuration, pictures: pictures, heldOut: pictures, label: \.emotion, batch: Self.batch,
        seed: 0, initial: SourceTree.fixture("training/stage1-initial.safetensors"))
      let compute = try Compute(threads: 2)
      let losses = try expected("losses")
      let moments = task.parameters.all.map { [Tensor($0.value.shape), Tensor($0.value.shape)] }
      for step in 0..<10 {
        task.parameters.zeroGradients()
        let labels = (0..<Self.batch).map { (3 * $0 + step) % Self.classes }
        let loss = task.accumulate(pixels(step), labels: labels, mask: mask(step), on: compute)
        #expect(abs(loss - losses[step]) < 1e-3 * losses[step], "step \(step): \(loss), \(losses[step])")
        for (parameter, moments) in zip(task.parameters.all, moments) where parameter.isTrainable {
          if step == 0 {
            let comparison = Comparison(
              parameter.exported(parameter.gradient).values, try expected("grad.\(parameter.name)"))
            #expect(comparison.relative < 1e-3, "\(parameter.name): \(comparison)")
          }
          compute.update(parameter, moments: moments, by: .adamW(), rate: 1e-3, step: step + 1)
        }
      }
      for parameter in task.parameters.all {
        let comparison = Comparison(parameter.exported(parameter.value).values, try expected("final.\(parameter.name)"))
        #expect(comparison.relative < 5e-3, "\(parameter.name): \(comparison)")
      }
    }
  }
}
