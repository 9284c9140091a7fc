import Checkpoints
import Diffusion
import EmoGen
import Engine
import Files
import Foundation
import Models
import TestSupport
import Training
import Vocabulary

/// A narrow model with the architecture of Stable Diffusion 1.x, regenerated from the names and seeds in the fixture.
struct SD1xStage {
  let parameters = ParameterSet()
  let compute: Compute
  let objective: MapperObjective
  private let file: Weights

  /// - Parameter folder: the folder for the networks' files.
  init(folder: String, threads: Int) throws {
    let fixture = SourceTree.fixture("training/sd1x")
    compute = try Compute(threads: threads)
    file = try Weights(file: "\(fixture).safetensors")
    let drawn = try DrawnWeights(file: "\(fixture)-weights.json")
    func write(_ part: String, _ tensors: [(String, Tensor)]) throws -> String {
      let file = "\(folder)/\(part).safetensors"
      try Safetensors.write(path: file, tensors: tensors, metadata: [:])
      return file
    }
    let towers = drawn.tensors("clip")
    let clip = try CLIPModel(Weights(file: write("clip", towers)), configuration: "\(fixture)/clip.json")
    let text = try CLIPTextEncoder(
      Weights(file: write("text", towers.filter { $0.0.hasPrefix("text_model.") })),
      CLIPTextConfiguration(file: "\(fixture)/text_encoder.json"))
    let unet = try UNet(
      Weights(file: write("unet", drawn.tensors("unet"))), UNetConfiguration(file: "\(fixture)/unet.json"))
    let scheduler = try Data(contentsOf: URL(filePath: "\(fixture)/scheduler.json"))
    let length = text.configuration.positions
    let ids = try file.tensor("attributes", [5, length]).values.map { Int($0) }
    objective = try MapperObjective(
      mapper: Mapper(.fresh(seed: 1, parameters: parameters), configuration: "\(fixture)/mapper.json"), text: text,
      clip: clip, unet: unet, process: ForwardProcess(SchedulerConfiguration(json: scheduler)),
      attributes: (0..<5).map { Array(ids[$0 * length..<($0 + 1) * length]) },
      frame: TokenRow([], emotions: 1, special: SpecialTokenIDs(begin: 58, end: 59, pad: 59), length: length),
      settings: MapperSettings.Preset.paper.settings, on: compute)
    let initial = Dictionary(uniqueKeysWithValues: drawn.tensors("mapper"))
    for parameter in parameters.all {
      guard let value = initial[parameter.name] else { throw TrainingError("\(parameter.name) is missing") }
      parameter.load(value)
    }
  }

  func expected(_ name: String) throws -> [Float] {
    try file.tensor(name, file.shape(of: name) ?? []).values
  }

  func batch(_ step: Int) throws -> MapperBatch {
    func tensor(_ part: String) throws -> Tensor {
      try file.tensor("\(step).\(part)", file.shape(of: "\(step).\(part)") ?? [])
    }
    return MapperBatch(
      vectors: try tensor("vectors"), latents: try tensor("latents").channelsLast,
      noise: try tensor("noise").channelsLast, timesteps: try tensor("timesteps").values.map { Int($0) },
      attributes: try tensor("labels").values.map { Int($0) }, confidences: try tensor("alpha").values)
  }
}
