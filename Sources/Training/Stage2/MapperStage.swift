import Checkpoints
import Diffusion
import EmoGen
package import Engine
import Foundation
import Models
package import Vocabulary

/// Stage 2 on a model folder: loads everything that `MapperTask` needs from files.
package struct MapperStage {
  /// The model folder, with a base model, an encoder, `clip` and a confidence table.
  package let model: String
  /// Which of several weights of the folder are read.
  package let variant: String?
  package var settings: MapperSettings
  /// Widths of the mapper's hidden layers.
  package var hidden: [Int]
  /// Normalised names of the attributes; if nil, those of the confidence table.
  package var attributes: [String]?

  package init(
    model: String, variant: String? = nil, settings: MapperSettings, hidden: [Int] = [256], attributes: [String]? = nil
  ) {
    self.model = model
    self.variant = variant
    self.settings = settings
    self.hidden = hidden
    self.attributes = attributes
  }

  /// Loads the networks, encodes the images (or reads an earlier run's encodings) and creates the task.
  ///
  /// - Parameters:
  ///   - folder: the folder for the mapper's configuration and the encodings.
  ///   - onBlock: called after each part of the work; throwing stops it.
  /// - Throws: `CheckpointError` or `TrainingError` naming what is missing.
  package func task(
    _ pictures: PictureSet, to folder: String, batch: Int, seed: UInt64, on compute: Compute,
    onBlock: () throws -> Void = {}
  ) throws -> MapperTask {
    let base = try ModelFolder(model, variant: variant)
    let emotions = Emotion.names
    let text = try base.textEncoder()
    let encoder = try ResNetConfiguration(file: "\(base.path)/emotion_encoder/config.json")
    let confidence = try Confidence(file: "\(base.path)/emotion_space/confidence.json", emotions: emotions)
    let list = attributes?.map(Confidence.normalised) ?? confidence.table.keys.sorted()
    let tokenizer = try base.tokenizer()
    let length = text.configuration.positions
    let names = try list.map { try tokenizer.row(Captions.words($0), length: length).ids }
    let configuration = "\(folder)/config.json"
    try ConfigurationFile.write(
      object: [
        "input": encoder.embedding, "hidden": hidden, "output": text.configuration.tower.width,
        "activation": "relu", "layer_norm": false, "dropout": 0.0,
      ], to: configuration)
    let parameters = ParameterSet()
    let process = try base.process()
    let objective = try MapperObjective(
      mapper: Mapper(.fresh(seed: seed, parameters: parameters), configuration: configuration), text: text,
      clip: CLIPModel(folder: "\(base.path)/clip"),
      unet: base.denoiser(),
      process: process, attributes: names,
      frame: tokenizer.row("", emotions: 1, length: length), settings: settings, on: compute)
    let examples = MapperExamples(
      vectors: try EncodedPictures.cached(
        pictures, encoder: "\(base.path)/emotion_encoder", in: TensorCache(path: "\(folder)/vectors.safetensors"),
        on: compute, onBlock: onBlock
      ).vectors,
      latents: try Latents.cached(
        pictures, base, in: TensorCache(path: "\(folder)/latents.safetensors"), on: compute, onBlock: onBlock),
      pictures: pictures.pictures, list: list,
      confidence: confidence)
    return try MapperTask(
      objective: objective, parameters: parameters, examples: examples, emotions: emotions.count,
      timesteps: process.count, batch: batch, seed: seed, configuration: configuration,
      samples: SampleSheet(base, on: compute))
  }
}
