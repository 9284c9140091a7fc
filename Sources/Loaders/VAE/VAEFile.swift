import Checkpoints
import Files
import Foundation
import Models

/// A VAE in one file: with the names of CompVis' code, alone or within a checkpoint; with diffusers' names; or TAESD
/// with the names of its authors.
struct VAEFile: Sendable {
  let file: any TensorFile
  let configuration: AutoencoderConfiguration
  /// The `config.json` of a folder of this VAE.
  let document: [UInt8]
  /// Under diffusers' names.
  let tensors: [String: StoredTensor]

  /// Between the latents of Stable Diffusion's VAEs and those of its denoisers. Files without a configuration do not
  /// say it.
  private static let scale = 0.18215
  private static let side = 512

  /// - Throws: `CheckpointError` that says what the file lacks if it is no VAE.
  init(_ path: String) throws {
    file = try TensorFiles.open(path)
    let found = try Self.kinds.lazy.compactMap { [file] in try $0(file) }.first
    guard let (values, tensors, beside) = found else {
      let shown = file.tensorNames.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      throw CheckpointError(
        .unsupported, file: path,
        "is no VAE that is known here: it holds \(file.tensorNames.count) tensors (\(shown)…), but neither "
          + "'decoder.conv_in.weight', alone or under 'first_stage_model.', nor TAESD's 'decoder.layers.0.weight' or "
          + "'1.weight'. Give a VAE's file, or its folder with config.json")
    }
    configuration = try AutoencoderConfiguration(ModelConfiguration(file: path, values: values))
    document = try beside ? File.read(Self.place(beside: file)) : Array(ConfigurationText.of(values).utf8)
    self.tensors = tensors
  }

  /// The names of the VAE's tensors in the file, without the prefix that a whole checkpoint gives them.
  var names: [String] {
    let section = TensorSection(file, prefix: LDMCheckpoint.autoencoderPrefix(file))
    return section.isEmpty ? file.tensorNames : section.names
  }

  /// The configuration's values, whether they stand beside the file, and the tensors.
  private typealias Found = (values: [String: Any], tensors: [String: StoredTensor], isBeside: Bool)

  /// Each returns nil if the file is of another kind.
  private static let kinds: [@Sendable (any TensorFile) throws -> Found?] = [ldm, diffusers, tiny]

  private static func ldm(_ file: any TensorFile) throws -> Found? {
    for prefix in ["", LDMCheckpoint.autoencoderPrefix(file)] {
      let section = TensorSection(file, prefix: prefix)
      guard LDMAutoencoder.recognises(section) else { continue }
      let autoencoder = try LDMAutoencoder(section)
      return (autoencoder.configuration(scale: scale, side: side), autoencoder.tensors, false)
    }
    return nil
  }

  private static func diffusers(_ file: any TensorFile) throws -> Found? {
    let section = TensorSection(file, prefix: "")
    guard section.contains("decoder.conv_in.weight"), section.containsPrefix("decoder.up_blocks.") else { return nil }
    let tensors = Dictionary(
      uniqueKeysWithValues: section.names.lazy.filter { !TrainingLeftover.includes($0) }
        .map { ($0, section.stored($0)) })
    if let values = try configuration(beside: file) { return (values, tensors, true) }
    let levels = section.count("encoder.down_blocks")
    let channels = try (0..<levels).map {
      try section.shape("encoder.down_blocks.\($0).resnets.0.conv1.weight", rank: 4)[0]
    }
    guard levels > 0, section.count("decoder.up_blocks") == levels else {
      throw section.unsupported(
        "its autoencoder has \(levels) levels down and \(section.count("decoder.up_blocks")) up: the file is incomplete"
      )
    }
    return (
      [
        "_class_name": "AutoencoderKL", "block_out_channels": channels,
        "latent_channels": try section.shape("decoder.conv_in.weight", rank: 4)[1],
        "layers_per_block": section.count("encoder.down_blocks.0.resnets"), "scaling_factor": scale,
        "down_block_types": Array(repeating: "DownEncoderBlock2D", count: levels),
        "up_block_types": Array(repeating: "UpDecoderBlock2D", count: levels),
        "mid_block_add_attention": section.containsPrefix("decoder.mid_block.attentions."),
        "use_quant_conv": section.contains("quant_conv.weight"),
        "use_post_quant_conv": section.contains("post_quant_conv.weight"),
      ], tensors, false
    )
  }

  private static func tiny(_ file: any TensorFile) throws -> Found? {
    guard let layers = try TinyLayers(file) else { return nil }
    let beside = try configuration(beside: file)
    return (beside ?? layers.configuration(), layers.tensors, beside != nil)
  }

  private static func place(beside file: any TensorFile) -> String {
    URL(filePath: file.path).deletingLastPathComponent().appending(path: "config.json").path
  }

  /// `config.json` in the file's folder; nil if there is none, or none of a VAE.
  private static func configuration(beside file: any TensorFile) throws -> [String: Any]? {
    let path = place(beside: file)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let values = try ConfigFile.object(at: path)
    guard let name = values["_class_name"] as? String, name.hasPrefix("Autoencoder") else { return nil }
    return values
  }
}
