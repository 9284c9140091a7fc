import Checkpoints
import Diffusion
import EmoGen
import Engine
import Foundation
import Models
import TestSupport
import Training
import Vocabulary

/// Stage 2 on the shipped model, with PyTorch's initial mapper, for the ten steps of the fixture.
struct ReferenceStage {
  let parameters = ParameterSet()
  let compute: Compute
  let objective: MapperObjective
  private let file: Weights
  private let unet: UNet
  private let text: CLIPTextEncoder

  init(threads: Int) throws {
    let root = SourceTree.tinyModel
    compute = try Compute(threads: threads)
    file = try Weights(file: SourceTree.fixture("training/stage2.safetensors"))
    text = try CLIPTextEncoder(
      Weights.open(folder: "\(root)/text_encoder"),
      CLIPTextConfiguration(file: "\(root)/text_encoder/config.json"))
    unet = try UNet(Weights.open(folder: "\(root)/unet"), UNetConfiguration(file: "\(root)/unet/config.json"))
    let tokenizer = try CLIPTokenizer(folder: "\(root)/tokenizer")
    let names = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: URL(filePath: SourceTree.fixture("training/attributes.json"))))
    let length = text.configuration.positions
    let ids = try names.map { try tokenizer.row($0.replacing("_", with: " "), length: length).ids }
    let scheduler = try Data(contentsOf: URL(filePath: "\(root)/scheduler/scheduler_config.json"))
    objective = try MapperObjective(
      mapper: Mapper(.fresh(seed: 1, parameters: parameters), configuration: "\(root)/mapper/config.json"), text: text,
      clip: CLIPModel(folder: "\(root)/clip"), unet: unet,
      process: ForwardProcess(SchedulerConfiguration(json: scheduler)), attributes: ids,
      frame: tokenizer.row("", emotions: 1, length: length),
      settings: MapperSettings.Preset.paper.settings, on: compute)
    for parameter in parameters.all {
      parameter.load(try file.tensor("mapper_init.\(parameter.name)", parameter.shape))
    }
  }

  func expected(_ name: String) throws -> [Float] {
    try file.tensor(name, file.shape(of: name) ?? []).values
  }

  func batch(_ step: Int) throws -> MapperBatch {
    let name = step < 10 ? "step0\(step)" : "step\(step)"
    func tensor(_ part: String) throws -> Tensor {
      try file.tensor("\(name).\(part)", file.shape(of: "\(name).\(part)") ?? [])
    }
    return MapperBatch(
      vectors: try tensor("emotion_vector"), latents: try tensor("latents").channelsLast,
      noise: try tensor("noise").channelsLast, timesteps: try file.integers("\(name).timestep", [4]),
      attributes: try file.integers("\(name).attribute", [4]), confidences: try tensor("alpha").values)
  }

  /// Computes the losses of the first step and accumulates its gradients in `parameters`.
  func first(checkpointing: Bool) throws -> (MapperObjective.Losses, Tape) {
    let tape = Tape(parameters: parameters, checkpointing: checkpointing)
    return (objective.accumulate(try batch(0), tape: tape, on: compute), tape)
  }

  /// Outputs of the frozen networks, which change if any of their weights does.
  func frozenValues() throws -> [Float] {
    let ids = Array(repeating: text.configuration.vocabulary - 1, count: text.configuration.positions)
    let hidden = text(try text.embed(ids, on: compute).reshaped([1, ids.count, 128]), on: compute)
    return hidden.values + unet(try batch(0).latents.slice(0..<1), timesteps: [7], context: hidden, on: compute).values
  }
}
