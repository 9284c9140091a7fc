import Checkpoints
import Diffusion
import EmoGen
package import Engine
import Files
import Loaders
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
  /// Added to the base model: LoRAs change its denoiser and text encoder, a VAE gives the latents, and embeddings stand
  /// for their tokens in the names of attributes. The caller has checked their digests.
  package var additions: Additions

  package init(
    model: String, variant: String? = nil, settings: MapperSettings, hidden: [Int] = [256], attributes: [String]? = nil,
    additions: Additions = .none
  ) {
    self.model = model
    self.variant = variant
    self.settings = settings
    self.hidden = hidden
    self.attributes = attributes
    self.additions = additions
  }

  /// Loads the networks, encodes the images (or reads an earlier run's encodings) and creates the task.
  ///
  /// - Parameters:
  ///   - folder: the folder for the mapper's configuration and the encodings.
  ///   - notice: called with messages for the user, such as an embedding that changes nothing.
  ///   - onBlock: called after each part of the work; throwing stops it.
  /// - Throws: `CheckpointError` or `TrainingError` naming what is missing.
  package func task(
    _ pictures: PictureSet, to folder: String, batch: Int, seed: UInt64, on compute: Compute,
    notice: (String) -> Void = { _ in }, onBlock: () throws -> Void = {}
  ) throws -> MapperTask {
    let base = try ModelFolder(model, variant: variant)
    for note in base.notes { notice("\(base.path): \(note)") }
    let networks = try AdaptedModel(base.base, additions, on: compute)
    let emotions = Emotion.names
    let (tokenizer, text) = try networks.words()
    let encoder = try ResNetConfiguration(file: "\(base.path)/emotion_encoder/config.json")
    let confidence = try Confidence(file: "\(base.path)/emotion_space/confidence.json", emotions: emotions)
    let list = attributes?.map(Confidence.normalised) ?? confidence.table.keys.sorted()
    for token in networks.tokens where !list.contains(where: { Captions.words($0).contains(token.lowercased()) }) {
      notice("no attribute's name contains the embedding's token '\(token)': it does not change the training")
    }
    let length = text.configuration.positions
    let names = try list.map { try tokenizer.row(Captions.words($0), length: length).ids }
    let configuration = "\(folder)/config.json"
    try ConfigurationFile.write(
      object: [
        "input": encoder.embedding, "hidden": hidden, "output": text.configuration.tower.width,
        "activation": "relu", "layer_norm": false, "dropout": 0.0,
      ], to: configuration)
    let parameters = ParameterSet()
    let process = try ForwardProcess(base.scheduler)
    let objective = try MapperObjective(
      mapper: Mapper(.fresh(seed: seed, parameters: parameters), configuration: configuration), text: text,
      clip: clip("\(base.path)/clip", networks),
      unet: networks.denoiser(),
      process: process, attributes: names,
      frame: tokenizer.row("", emotions: 1, length: length), settings: settings, on: compute)
    let examples = MapperExamples(
      vectors: try EncodedPictures.cached(
        pictures, encoder: "\(base.path)/emotion_encoder", in: TensorCache(path: "\(folder)/vectors.safetensors"),
        on: compute, onBlock: onBlock
      ).vectors,
      latents: try Latents.cached(
        pictures, networks, in: TensorCache(path: "\(folder)/latents.safetensors"), on: compute, onBlock: onBlock),
      pictures: pictures.pictures, list: list,
      confidence: confidence)
    return try MapperTask(
      objective: objective, parameters: parameters, examples: examples, emotions: emotions.count,
      timesteps: process.count, batch: batch, seed: seed, configuration: configuration,
      additions: additions, samples: SampleSheet(networks, on: compute))
  }

  /// The CLIP model that compares tokens with attributes' names, which may contain tokens of embeddings.
  private func clip(_ folder: String, _ networks: AdaptedModel) throws -> CLIPModel {
    var clip = try CLIPModel(folder: folder)
    let (own, width) = (clip.text.configuration.tower.width, networks.base.text.tower.width)
    guard own == width else {
      throw CheckpointError(
        .misshapen, file: "\(folder)/config.json",
        "the text tower is \(own) wide, but the text encoder of \(networks.base.path) is \(width) wide: use the CLIP "
          + "model that the base model was made with")
    }
    if !networks.tokens.isEmpty { clip.text = try networks.words(clip.text).encoder }
    return clip
  }
}
