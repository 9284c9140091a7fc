import Checkpoints
import Diffusion
import Files
import Foundation
import Models

/// A base model in one file with the names of CompVis' latent-diffusion code: Stable Diffusion 1.x or 2.x as
/// `.safetensors` or, by PyTorch Lightning, as `.ckpt`.
///
/// The tensors stay where they are; only their names, and for some the axes, become diffusers'.
struct LDMCheckpoint: ModelForm {
  let path: String
  let unet: UNetConfiguration
  let vae: AutoencoderConfiguration
  let text: CLIPTextConfiguration
  let scheduler: SchedulerConfiguration
  /// What was assumed or left out and deserves a word.
  let notes: [String]
  private let file: any TensorFile
  private let yaml: String?
  private let tensors: [ModelPart: [String: StoredTensor]]
  private let pad: String
  /// By their place in diffusers' layout.
  private let configurations: [String: Data]

  /// The places where checkpoints hold the VAE; the shorter one is used by some merging tools.
  private static let autoencoders = ["first_stage_model.", "vae."]

  static func autoencoderPrefix(_ file: any TensorFile) -> String {
    autoencoders.first { prefix in file.tensorNames.contains { $0.hasPrefix(prefix) } } ?? autoencoders[0]
  }

  /// - Throws: `CheckpointError` that says what the file is if it is no such checkpoint, or names the tensor that is
  ///   missing, misshapen or has no place.
  init(_ path: String) throws {
    self.path = path
    let file = try TensorFiles.open(path)
    try CheckpointKind.requireStableDiffusion(file)
    let yaml = try CheckpointYAML(beside: path)
    let unet = try LDMUNet(TensorSection(file, prefix: CheckpointKind.denoiser))
    let autoencoder = try LDMAutoencoder(TensorSection(file, prefix: Self.autoencoderPrefix(file)))
    let text = try LDMTextEncoder(file, usesLastLayer: yaml?.usesLastLayer())
    try yaml?.check(unet)
    let family = try LDMFamily(file, yaml: yaml, isSecond: text.isSecond)
    let found = LDMConfigurations(unet: unet, autoencoder: autoencoder, text: text, family: family)

    let heads = try Self.heads(unet, yaml, isSecond: text.isSecond, path)
    let schedule = try yaml?.schedule() ?? (timesteps: 1000, first: 0.00085, last: 0.012)
    let denoiser = found.denoiser(heads: heads)
    let encoder = found.textEncoder(heads: try Self.textHeads(text, path))
    let decoder = found.vae(scale: try yaml?.scale() ?? 0.18215)
    let steps = found.scheduler(timesteps: schedule.timesteps, first: schedule.first, last: schedule.last)
    let index = found.index(scheduler: steps["_class_name"] as? String ?? "")

    func configuration(_ values: [String: Any]) -> ModelConfiguration { ModelConfiguration(file: path, values: values) }
    self.unet = try UNetConfiguration(configuration(denoiser))
    self.vae = .kl(try VAEConfiguration(configuration(decoder)))
    self.text = try CLIPTextConfiguration(configuration(encoder))
    configurations = [
      "unet/config.json": denoiser, "vae/config.json": decoder, "text_encoder/config.json": encoder,
      "scheduler/scheduler_config.json": steps, "model_index.json": index,
    ].mapValues { Data(ConfigurationText.of($0).utf8) }
    scheduler = try Self.scheduler(configurations["scheduler/scheduler_config.json"] ?? Data(), path)
    let leftover = TrainingLeftover.note(
      TensorSection(file, prefix: Self.autoencoderPrefix(file)).names, in: "the autoencoder")
    notes = [family.assumption, leftover].compactMap { $0 } + Self.unused(file)
    tensors = [.unet: unet.tensors, .vae: autoencoder.tensors, .textEncoder: text.tensors]
    pad = text.isSecond ? "!" : "<|endoftext|>"
    self.file = file
    self.yaml = yaml.map { URL(filePath: $0.path).lastPathComponent }
  }

  var root: String { URL(filePath: path).deletingLastPathComponent().path }

  private var name: String { URL(filePath: path).lastPathComponent }

  func weights(_ part: ModelPart) throws -> Weights {
    Weights(path: path, tensors: tensors[part] ?? [:], files: [(name: name, file: file)])
  }

  /// The tokenizer that the family's models share, which no checkpoint holds.
  func tokenizer() throws -> CLIPTokenizer {
    try CLIPTokenizer(.clip(pad: pad))
  }

  func files() throws -> [String] { [name] + [yaml].compactMap { $0 } }

  func documents() throws -> [String: [UInt8]] {
    let tokenizer = try TokenizerFiles.documents(pad: pad).map { ("tokenizer/\($0.key)", Array($0.value.utf8)) }
    return Dictionary(tokenizer) { first, _ in first }
      .merging(configurations.mapValues { Array($0) }) { first, _ in first }
  }

  // MARK: - What shapes do not show

  /// 1.x has 8 heads in each level, 2.x heads of 64 channels.
  private static func heads(_ unet: LDMUNet, _ yaml: CheckpointYAML?, isSecond: Bool, _ path: String) throws -> [Int] {
    let channels = unet.levels.map(\.channels)
    if let heads = try yaml?.heads(channels) { return heads }
    guard isSecond else { return Array(repeating: 8, count: channels.count) }
    guard channels.allSatisfy({ $0 % headWidth == 0 }) else {
      throw CheckpointError(
        .unsupported, file: path,
        "its U-Net has the channels \(channels), which are not divided into heads of \(headWidth) as Stable Diffusion 2.x's: put its YAML beside it, with num_head_channels"
      )
    }
    return channels.map { $0 / headWidth }
  }

  /// Of both text encoders and of the second family's denoiser.
  private static let headWidth = 64

  private static func textHeads(_ text: LDMTextEncoder, _ path: String) throws -> Int {
    guard text.width % headWidth == 0 else {
      throw CheckpointError(
        .unsupported, file: path,
        "its text encoder is \(text.width) wide, which is not divided into heads of \(headWidth) as CLIP's: it is of another family"
      )
    }
    return text.width / headWidth
  }

  private static func scheduler(_ json: Data, _ path: String) throws -> SchedulerConfiguration {
    do {
      return try SchedulerConfiguration(json: json)
    } catch let error as SamplerError {
      throw CheckpointError(.malformed, file: path, error.message, underlying: error)
    }
  }

  // MARK: - What is left out

  /// Buffers of the training code, which follow from the noise schedule, its bookkeeping, and the family's markers.
  private static let buffers: Set<String> = [
    "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
    "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance",
    "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2", "lvlb_weights", "logvar",
    "scale_factor", "global_step", LDMFamily.markers.velocity, LDMFamily.markers.zeroSNR,
  ]

  /// In words, the tensors that belong to no part of the model.
  private static func unused(_ file: any TensorFile) -> [String] {
    let parts = [CheckpointKind.denoiser, autoencoderPrefix(file), "cond_stage_model."]
    let rest = file.tensorNames.filter { name in !buffers.contains(name) && !parts.contains(where: name.hasPrefix) }
    let averages = rest.filter { $0.hasPrefix("model_ema.") }
    let others = rest.filter { !$0.hasPrefix("model_ema.") }.sorted()
    var notes: [String] = []
    if !averages.isEmpty {
      notes.append(
        "its \(averages.count) averaged weights (model_ema) are left out, as diffusers does; the plain ones are used")
    }
    if let first = others.first {
      notes.append(
        "\(others.count == 1 ? "a tensor" : "\(others.count) tensors") outside of the model's parts \(others.count == 1 ? "is" : "are") left out: '\(ForeignName.shown(first))'\(others.count > 1 ? ", …" : "")"
      )
    }
    return notes
  }
}
