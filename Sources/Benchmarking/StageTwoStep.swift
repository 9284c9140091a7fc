import Checkpoints
import Diffusion
import EmoGen
import Engine
import Foundation
import Loaders
import Models
import Training
import Vocabulary

/// A training step of stage 2 at full size, one sample: forward, backward and optimizer.
///
/// The folder is a model folder with `clip`, `mapper/config.json` and `stage2.safetensors`, which contains the mapper,
/// the sample and optionally another program's `loss` and `grad.*`; `Benchmarks/peers/stage2.py` makes all of them.
final class StageTwoStep {
  private let compute: Compute
  private let parameters = ParameterSet()
  private let objective: MapperObjective
  private let batch: MapperBatch
  private let moments: [[Tensor]]
  /// The loss, then the gradients.
  private let reference: [Float]?
  private var steps = 0
  /// The first step's ‖Δ‖ / ‖reference‖ of the loss and all gradients together; nil if there is no reference.
  private(set) var gradientError: Double?

  init(folder: String, variant: String?, on compute: Compute) throws {
    self.compute = compute
    let file = try SafetensorsFile(path: "\(folder)/stage2.safetensors")
    let model = try ModelFolder(folder, variant: variant)
    let networks = AdaptedModel(model.base)
    let text = try CLIPTextEncoder(networks.weights(.textEncoder), model.text)
    // The folder's networks have CLIP's size but its tokenizer is a small model's, so the ids are given here.
    let last = text.configuration.vocabulary - 1
    let special = SpecialTokenIDs(begin: last - 1, end: last, pad: last)
    func row(_ words: [Int], emotions: Int = 0) throws -> TokenRow {
      try TokenRow(words, emotions: emotions, special: special, length: text.configuration.positions)
    }
    objective = try MapperObjective(
      mapper: Mapper(.fresh(seed: 0, parameters: parameters), configuration: "\(folder)/mapper/config.json"),
      text: text, clip: CLIPModel(folder: "\(folder)/clip"),
      unet: networks.denoiser(), process: ForwardProcess(model.scheduler),
      attributes: (0..<20).map { try row([100 + $0]).ids },
      frame: row([], emotions: 1), settings: MapperSettings(), on: compute)
    for parameter in parameters.all { parameter.load(try file.tensor("mapper.\(parameter.name)")) }
    moments = parameters.all.map { [Tensor($0.value.shape), Tensor($0.value.shape)] }
    batch = MapperBatch(
      vectors: try file.tensor("vectors"), latents: try file.tensor("latents").transposed([0, 2, 3, 1]),
      noise: try file.tensor("noise").transposed([0, 2, 3, 1]), timesteps: [500], attributes: [3], confidences: [0.5])
    reference =
      file.contains("loss")
      ? try (["loss"] + parameters.all.map { "grad.\($0.name)" }).flatMap { try file.tensor($0).values } : nil
  }

  func advance() {
    parameters.zeroGradients()
    let losses = objective.accumulate(batch, tape: Tape(parameters: parameters), on: compute)
    if steps == 0, let reference {
      gradientError = Workload.distance(
        [losses.total] + parameters.all.flatMap { $0.exported($0.gradient).values }, reference)
    }
    steps += 1
    for (parameter, moments) in zip(parameters.all, moments) {
      compute.update(parameter, moments: moments, by: .adamW(), rate: 1e-3, step: steps)
    }
  }
}
