import Checkpoints
import Diffusion
import EmoGen
import Engine
import Foundation
import Models
import Training

/// One training step of stage 2 at full size: seconds, memory, and the distance from another program's loss and
/// gradients.
///
/// The folder is a model folder with `clip`, `mapper/config.json` and `stage2.safetensors`, which holds the mapper, the
/// sample and perhaps the other program's `loss` and `grad.*`; `Benchmarks/peers/stage2.py` makes all of it.
package struct StageTwoBenchmark: Sendable {
  package struct Result: Codable, Sendable {
    package let engine: String
    package let threads: Int
    /// Of loading the networks.
    package let loadSeconds: Double
    /// Of each step: forward, backward and the optimizer.
    package let seconds: [Double]
    /// Highest resident memory of the process.
    package let peakGiB: Double
    /// Of the first step.
    package let loss: Double
    /// |Δ| / reference; nil without a reference.
    package let lossError: Double?
    /// ‖Δ‖ / ‖reference‖ of all gradients together.
    package let gradientError: Double?
  }

  private let folder: String
  private let compute: Compute

  package init(folder: String, threads: Int) throws {
    self.folder = folder
    compute = try Compute(threads: threads)
  }

  package func run(steps: Int) throws -> Result {
    let file = try SafetensorsFile(path: "\(folder)/stage2.safetensors")
    let start = ContinuousClock.now
    let parameters = ParameterSet()
    let objective = try objective(parameters)
    for parameter in parameters.all { parameter.load(try file.tensor("mapper.\(parameter.name)")) }
    let loaded = start.duration(to: .now)
    let batch = MapperBatch(
      vectors: try file.tensor("vectors"), latents: try file.tensor("latents").transposed([0, 2, 3, 1]),
      noise: try file.tensor("noise").transposed([0, 2, 3, 1]), timesteps: [500], attributes: [3], confidences: [0.5])
    let moments = parameters.all.map { [Tensor($0.value.shape), Tensor($0.value.shape)] }
    var seconds: [Double] = []
    var loss = 0.0
    var errors: (loss: Double, gradient: Double)?
    for step in 0..<max(1, steps) {
      let start = ContinuousClock.now
      parameters.zeroGradients()
      let losses = objective.accumulate(
        batch, tape: Tape(parameters: parameters, checkpointing: true), on: compute)
      if step == 0 {
        loss = Double(losses.total)
        errors = try distances(loss, parameters, file)
      }
      for (parameter, moments) in zip(parameters.all, moments) {
        compute.update(parameter, moments: moments, by: .adamW(), rate: 1e-3, step: step + 1)
      }
      seconds.append(start.duration(to: .now).seconds)
    }
    return Result(
      engine: compute.kind.description, threads: compute.threads, loadSeconds: loaded.seconds, seconds: seconds,
      peakGiB: PeakMemory.gibibytes, loss: loss, lossError: errors?.loss, gradientError: errors?.gradient)
  }

  private func objective(_ parameters: ParameterSet) throws -> MapperObjective {
    let model = BaseModel(folder: folder)
    let text = try model.textEncoder()
    let end = text.configuration.endID
    let length = text.configuration.positions
    let ids = (0..<20).map { [end - 1, 100 + $0] + Array(repeating: end, count: length - 2) }
    return try MapperObjective(
      mapper: Mapper(.fresh(seed: 0, parameters: parameters), configuration: model.path("mapper/config.json")),
      text: text, clip: CLIPModel(folder: model.path("clip")),
      unet: UNet(.open(folder: model.path("unet")), UNetConfiguration(file: model.path("unet/config.json"))),
      process: model.process(), attributes: ids, begin: end - 1, settings: MapperSettings(), on: compute)
  }

  private func distances(
    _ loss: Double, _ parameters: ParameterSet, _ file: SafetensorsFile
  ) throws -> (loss: Double, gradient: Double)? {
    guard file.contains("loss") else { return nil }
    let expected = Double(try file.tensor("loss").values[0])
    var values: [Float] = []
    var reference: [Float] = []
    for parameter in parameters.all {
      values += parameter.exported(parameter.gradient).values
      reference += try file.tensor("grad.\(parameter.name)").values
    }
    return (abs(loss - expected) / expected, NetworkBenchmark.distance(values, reference))
  }
}
