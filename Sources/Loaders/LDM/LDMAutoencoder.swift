import Checkpoints
import Files
import Foundation
import Models

/// An autoencoder with the names of CompVis' latent-diffusion code, under diffusers' names: the `first_stage_model` of a
/// checkpoint, or a file of its own.
///
/// Source: `ldm/modules/diffusionmodules/model.py`. The decoder's levels are counted from the finest one, diffusers'
/// from the coarsest; attention projects by 1×1 convolutions, diffusers by matrices.
struct LDMAutoencoder: Sendable {
  let tensors: [String: StoredTensor]
  /// Channels of each level.
  let channels: [Int]
  let layers: Int
  let pictureChannels: Int
  let latentChannels: Int

  /// Whether a section holds such an autoencoder.
  static func recognises(_ section: TensorSection) -> Bool {
    section.contains("decoder.conv_in.weight") && section.containsPrefix("decoder.up.")
  }

  /// - Throws: `CheckpointError` naming a tensor that is missing, misshapen or has no place.
  init(_ section: TensorSection) throws {
    let levels = section.count("encoder.down")
    channels = try (0..<levels).map { try section.shape("encoder.down.\($0).block.0.conv1.weight", rank: 4)[0] }
    layers = section.count("encoder.down.0.block")
    pictureChannels = try section.shape("encoder.conv_in.weight", rank: 4)[1]
    latentChannels = try section.shape("decoder.conv_in.weight", rank: 4)[1]
    guard levels > 0, section.count("decoder.up") == levels else {
      throw section.unsupported(
        "its autoencoder has \(levels) levels down and \(section.count("decoder.up")) up: the checkpoint is incomplete or of another family"
      )
    }
    var canonical = CanonicalTensors()
    var unplaced: [String] = []
    for name in section.names where !TrainingLeftover.includes(name) {
      guard let new = Self.name(name, levels: levels) else {
        unplaced.append(name)
        continue
      }
      try canonical.add(new, section.stored(name, try Self.change(name, section)))
    }
    try CanonicalTensors.refuse(unplaced, of: section, network: "autoencoder")
    tensors = canonical.tensors
  }

  /// `vae/config.json`.
  ///
  /// - Parameters:
  ///   - scale: the factor between the autoencoder's latents and the denoiser's.
  ///   - side: of the pictures of the training, in pixels.
  func configuration(scale: Double, side: Int) -> [String: Any] {
    let none = NSNull()
    return [
      "_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": channels,
      "down_block_types": Array(repeating: "DownEncoderBlock2D", count: channels.count), "force_upcast": true,
      "in_channels": pictureChannels, "latent_channels": latentChannels, "latents_mean": none, "latents_std": none,
      "layers_per_block": layers, "mid_block_add_attention": true, "norm_num_groups": 32,
      "out_channels": pictureChannels, "sample_size": side, "scaling_factor": scale, "shift_factor": none,
      "up_block_types": Array(repeating: "UpDecoderBlock2D", count: channels.count),
      "use_post_quant_conv": tensors["post_quant_conv.weight"] != nil,
      "use_quant_conv": tensors["quant_conv.weight"] != nil,
    ]
  }

  private static let attention = "mid.attn_1."

  private static func change(_ name: String, _ section: TensorSection) throws -> StoredTensor.Change {
    guard name.contains(attention), name.hasSuffix(".weight"), let rank = section.rank(name), rank > 2 else {
      return .none
    }
    let shape = try section.shape(name, rank: rank)
    guard shape.dropFirst(2).allSatisfy({ $0 == 1 }) else { return .none }
    return .reshaped(Array(shape.prefix(2)))
  }

  private static func name(_ name: String, levels: Int) -> String? {
    let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard words.count >= 2 else { return nil }
    if ["quant_conv", "post_quant_conv"].contains(words[0]) { return words.count == 2 ? name : nil }
    guard ["encoder", "decoder"].contains(words[0]), words.count >= 3 else { return nil }
    let (half, last) = (words[0], words[words.count - 1])
    switch (words[1], words.count) {
    case ("conv_in", 3), ("conv_out", 3): return name
    case ("norm_out", 3): return "\(half).conv_norm_out.\(last)"
    case ("mid", 5):
      switch words[2] {
      case "block_1": return "\(half).mid_block.resnets.0.\(residual(words[3])).\(last)"
      case "block_2": return "\(half).mid_block.resnets.1.\(residual(words[3])).\(last)"
      case "attn_1":
        return projections[words[3]].map { "\(half).mid_block.attentions.0.\($0).\(last)" }
      default: return nil
      }
    case ("down", 6...), ("up", 6...):
      guard let level = Int(words[2]), (0..<levels).contains(level), (words[1] == "down") == (half == "encoder") else {
        return nil
      }
      let block = half == "encoder" ? "encoder.down_blocks.\(level)" : "decoder.up_blocks.\(levels - 1 - level)"
      switch (words[3], words.count) {
      case ("block", 7): return "\(block).resnets.\(words[4]).\(residual(words[5])).\(last)"
      case ("downsample", 6) where words[4] == "conv": return "\(block).downsamplers.0.conv.\(last)"
      case ("upsample", 6) where words[4] == "conv": return "\(block).upsamplers.0.conv.\(last)"
      default: return nil
      }
    default: return nil
    }
  }

  private static func residual(_ word: String) -> String { word == "nin_shortcut" ? "conv_shortcut" : word }

  private static let projections = [
    "norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0",
  ]
}
