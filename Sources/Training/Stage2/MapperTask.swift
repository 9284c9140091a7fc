import Checkpoints
import EmoGen
package import Engine
import Files
import Foundation
package import Vocabulary

/// Trains the mapper; all other networks are frozen.
///
/// Samples emotions uniformly, whatever their image counts. Half of the images are mirrored; their emotion vectors are
/// those of the unmirrored images.
package final class MapperTask: TrainingTask {
  package let name = "mapper"
  package let parameters: ParameterSet
  private let objective: MapperObjective
  private let examples: MapperExamples
  private let byEmotion: [[Int]]
  /// Deviations of each emotion's Gaussian, for noise on the vectors.
  private let deviations: [[Float]]
  private let timesteps: Int
  package let batch: Int
  private let seed: UInt64
  private let configuration: String
  private let additions: Additions
  private let samples: SampleSheet?

  /// - Parameters:
  ///   - objective: the loss; the weights of its mapper must come from `parameters`.
  ///   - timesteps: the number of timesteps of the noise schedule.
  ///   - configuration: the mapper's `config.json`.
  ///   - additions: the files that were added to the base model, which the export records.
  ///   - samples: renders an image of each emotion; if nil, nothing is rendered.
  package init(
    objective: MapperObjective, parameters: ParameterSet, examples: MapperExamples, emotions: Int, timesteps: Int,
    batch: Int, seed: UInt64, configuration: String, additions: Additions = .none, samples: SampleSheet? = nil
  ) throws {
    self.objective = objective
    self.parameters = parameters
    self.examples = examples
    self.timesteps = timesteps
    self.batch = batch
    self.seed = seed
    self.configuration = configuration
    self.additions = additions
    self.samples = samples
    byEmotion = (0..<emotions).map { emotion in
      examples.emotions.indices.filter { examples.emotions[$0] == emotion }
    }.filter { !$0.isEmpty }
    guard !byEmotion.isEmpty else { throw TrainingError("there are no images to train the mapper on") }
    let width = examples.vectors.channels
    deviations = byEmotion.map { rows in
      (0..<width).map { index in
        let own = rows.map { Double(examples.vectors.pointer[$0 * width + index]) }
        let mean = own.reduce(0, +) / Double(own.count)
        return Float((own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, own.count - 1))).squareRoot())
      }
    }
  }

  package func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure] {
    // Without checkpointing, the activations of one 512×512 image fit in memory next to the weights of a large model.
    // Small images come with small models and never need it.
    let side = examples.latents.shape[1]
    let tape = Tape(parameters: parameters, checkpointing: side > 32 && batch * side * side > 64 * 64)
    let losses = objective.accumulate(draw(step, on: compute), tape: tape, on: compute)
    let count = Float(batch)
    return [
      TrainingFigure("loss", losses.total),
      TrainingFigure("denoising", losses.denoising.reduce(0, +) / count),
      TrainingFigure("attribute", losses.attribute.reduce(0, +) / count),
    ]
  }

  private func draw(_ step: Int, on compute: Compute) -> MapperBatch {
    var random = StepRandom(seed: seed, step: step)
    let width = examples.vectors.channels
    let shape = [batch] + examples.latents.shape.dropFirst()
    let size = shape.dropFirst().reduce(1, *)
    var generator = TorchGenerator(seed: random.next())
    let start = random.index(byEmotion.count)
    var vectors: [Float] = []
    var rows: [Int] = []
    var chosen: [Int] = []
    for sample in 0..<batch {
      let emotion = (start + sample) % byEmotion.count
      let picture = byEmotion[emotion][random.index(byEmotion[emotion].count)]
      let mirrored = random.next() & 1 == 1
      var own = examples.vectors.slice(picture..<picture + 1).values
      if objective.settings.vectorNoise > 0 {
        let noise = generator.normal(width)
        for index in 0..<width {
          own[index] += objective.settings.vectorNoise * deviations[emotion][index] * noise[index]
        }
      }
      vectors += own
      rows.append(picture + (mirrored ? examples.emotions.count : 0))
      chosen.append(picture)
    }
    let latents = compute.gatherRows(examples.latents.reshaped([examples.latents.shape[0], size]), rows)
    return MapperBatch(
      vectors: Tensor([batch, width], vectors), latents: latents.reshaped(shape),
      noise: Tensor(shape, generator.normal(batch * size)),
      timesteps: (0..<batch).map { _ in random.index(timesteps) }, attributes: chosen.map { examples.attributes[$0] },
      confidences: chosen.map { examples.confidences[$0] })
  }

  /// Renders one image per emotion, from the vector of one of its training images.
  package func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation {
    guard let samples else { return TrainingEvaluation() }
    let vectors = compute.gatherRows(examples.vectors, byEmotion.map { $0[$0.count / 2] })
    return TrainingEvaluation(
      picture: try samples.picture(
        objective.context(vectors, on: compute), latents: examples.latents.shape, unet: objective.unet, on: compute))
  }

  package func export(to folder: String, on compute: Compute) throws {
    if configuration != "\(folder)/config.json" {
      try ConfigurationFile.write(configuration, to: "\(folder)/config.json")
    }
    try Safetensors.write(path: "\(folder)/model.safetensors", tensors: parameters.tensors())
    var object: [String: Any] = [
      "pooling": objective.settings.pooling.rawValue, "attribute_weight": Double(objective.settings.attributeWeight),
      "attribute_temperature": Double(objective.settings.attributeTemperature),
      "uses_confidence": objective.settings.usesConfidence, "vector_noise": Double(objective.settings.vectorNoise),
    ]
    if additions != .none {
      let base = try MapperBase(additions, mapper: "\(folder)/model.safetensors")
      object[MapperBase.key] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(base))
    }
    try ConfigurationFile.write(object: object, to: "\(folder)/\(MapperBase.file)")
  }
}
