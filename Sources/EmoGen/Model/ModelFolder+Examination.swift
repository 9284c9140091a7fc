import Checkpoints
import Diffusion
import Engine
import Files
import Loaders
import Models
import Vocabulary

extension ModelFolder {
  /// Checks everything that loading would check and that every value is finite: configurations, tokenizer, the names and
  /// shapes of all tensors. Memory holds one tensor at a time.
  ///
  /// - Parameter onPart: called with each part before it is read; throwing stops the examination.
  /// - Throws: `CheckpointError` or `SamplerError` that names the file and the tensor or key.
  package func examine(onPart: (String) throws -> Void = { _ in }) throws {
    defer { StoragePool.trim() }
    _ = try Sampler(defaults.sampler, configuration: scheduler, steps: defaults.steps)
    try onPart("tokenizer")
    let tokenizer = try base.tokenizer()
    for id in [tokenizer.special.begin, tokenizer.special.end, tokenizer.special.pad] where id >= text.vocabulary {
      throw CheckpointError(
        .misshapen, file: path,
        "the tokenizer has the id \(id), but the text encoder only \(text.vocabulary) tokens: they belong to different models"
      )
    }
    try onPart("text_encoder")
    let encoder = try base.weights(.textEncoder).examining()
    _ = try CLIPTextEncoder(encoder, text)
    try encoder.finish(ignoring: CLIPTextEncoder.leftOut)
    if hasEmotions {
      try onPart("mapper")
      let mapper = try Mapper(
        .open(folder: "\(path)/mapper", root: path).examining(), configuration: "\(path)/mapper/config.json")
      guard mapper.outputs == text.tower.width else {
        throw CheckpointError(
          .misshapen, file: "\(path)/mapper/config.json",
          "the mapper's output is \(mapper.outputs) wide, but the text encoder takes \(text.tower.width): they belong to different models"
        )
      }
      try onPart("emotion_space")
      _ = try EmotionSpace(Weights(file: "\(path)/emotion_space/gaussians.safetensors"), width: mapper.inputs)
    }
    try onPart("unet")
    _ = try UNet(base.weights(.unet).examining(), unet)
    try onPart("vae")
    _ = try Autoencoder(base.weights(.vae).examining(), vae)
  }
}
