import Checkpoints
import Engine
import Files
import Loaders
import Models

/// The networks of a model folder, for rendering and, with weights that are only examined, for checking the folder.
struct ModelNetworks {
  let conditioning: Conditioning
  let unet: UNet
  /// The transformed weights that the engine caches in addition to the denoiser's weights.
  let unetForms: [KeptForms]
  let autoencoder: Autoencoder

  /// Builds all networks, in the order in which a render uses them.
  ///
  /// - Parameters:
  ///   - adapted: the folder's base model with what is added to it.
  ///   - opening: called with the weights of each of the model's own parts before they are read; returns those to read.
  ///   - before: called with each part's name before it is read; throwing stops.
  ///   - after: called after each network; throwing stops.
  /// - Throws: `CheckpointError` that names the file and the tensor or key.
  init(
    _ folder: ModelFolder, _ adapted: AdaptedModel, opening: (Weights) throws -> Weights,
    before: (String) throws -> Void = { _ in }, after: () throws -> Void = {}
  ) throws {
    try before("text_encoder")
    let text = try opening(adapted.weights(.textEncoder))
    let (tokenizer, encoder) = try adapted.words(CLIPTextEncoder(text, folder.text))
    try text.finish(ignoring: CLIPTextEncoder.leftOut)
    try Self.check(tokenizer, encoder, of: folder)
    try after()
    var (space, mapper): (EmotionSpace?, Mapper?)
    if folder.hasEmotions {
      try before("mapper")
      let configuration = "\(folder.path)/mapper/config.json"
      let loaded = try Mapper(
        opening(.open(folder: "\(folder.path)/mapper", root: folder.path)), configuration: configuration)
      guard loaded.outputs == folder.text.tower.width else {
        throw CheckpointError(
          .misshapen, file: configuration,
          "the mapper's output is \(loaded.outputs) wide, but the text encoder takes \(folder.text.tower.width): they belong to different models"
        )
      }
      try before("emotion_space")
      let path = "emotion_space/gaussians.safetensors"
      let gaussians = try Weights(file: "\(folder.path)/\(path)", as: path)
      _ = try opening(gaussians)
      // The space examines its values itself, because it knows what to do about them.
      space = try EmotionSpace(gaussians, width: loaded.inputs)
      mapper = loaded
      try after()
    }
    try before("unet")
    let denoiser = try opening(adapted.weights(.unet))
    unet = try UNet(denoiser, folder.unet)
    unetForms = denoiser.forms
    try after()
    try before("vae")
    // An added VAE is not one of the model's own parts.
    let vae = try adapted.weights(.vae)
    autoencoder = try Autoencoder(adapted.isFromBase(.vae) ? opening(vae) : vae, adapted.vae)
    try after()
    conditioning = Conditioning(tokenizer: tokenizer, encoder: encoder, space: space, mapper: mapper)
  }

  private static func check(_ tokenizer: CLIPTokenizer, _ encoder: CLIPTextEncoder, of folder: ModelFolder) throws {
    let count = encoder.configuration.vocabulary
    for id in [tokenizer.special.begin, tokenizer.special.end, tokenizer.special.pad] where id >= count {
      throw CheckpointError(
        .misshapen, file: folder.path,
        "the tokenizer has the id \(id), but the text encoder only \(count) tokens: they belong to different models")
    }
  }
}
