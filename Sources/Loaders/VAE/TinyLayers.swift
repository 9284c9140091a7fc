import Checkpoints
import Files

/// The layers of TAESD in a file: with diffusers' names, or with those of its authors, who keep encoder and decoder in
/// two files and number the decoder's layers from one that only limits the latents.
///
/// Source: madebyollin/taesd, `taesd.py`.
struct TinyLayers: Sendable {
  /// Under diffusers' names.
  let tensors: [String: StoredTensor]
  private let decoder: [Int]
  /// nil if the file holds the decoder alone.
  private let encoder: [Int]?
  private let channels: Int
  private let latentChannels: Int

  /// nil if the file has no such layers.
  ///
  /// - Throws: `CheckpointError` if it holds an encoder alone.
  init?(_ file: any TensorFile) throws {
    let whole = TensorSection(file, prefix: "")
    let own: TensorSection
    if whole.contains("decoder.layers.0.weight") {
      own = TensorSection(file, prefix: "decoder.layers.")
      tensors = Dictionary(uniqueKeysWithValues: whole.names.map { ($0, whole.stored($0)) })
      let half = TensorSection(file, prefix: "encoder.layers.")
      encoder = half.isEmpty ? nil : try Self.levels(half)
    } else if whole.contains("1.weight"), whole.contains("3.conv.0.weight") {
      own = whole
      var canonical = CanonicalTensors()
      for name in whole.names {
        let parts = name.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let layer = Int(parts[0]), layer > 0 else {
          throw CheckpointError(
            .unexpectedTensor, file: file.path, "tensor '\(name)' has no place in TAESD's decoder: get the file again")
        }
        try canonical.add("decoder.layers.\(layer - 1).\(parts[1])", whole.stored(name))
      }
      tensors = canonical.tensors
      encoder = nil
    } else if whole.contains("0.weight"), whole.contains("1.conv.0.weight") {
      throw CheckpointError(
        .unsupported, file: file.path,
        "is TAESD's encoder alone: give the decoder (taesd_decoder), or diffusers' folder with both")
    } else {
      return nil
    }
    decoder = try Self.levels(own)
    let input = try own.shape(own.contains("0.weight") ? "0.weight" : "1.weight", rank: 4)
    (channels, latentChannels) = (input[0], input[1])
  }

  /// `config.json`.
  func configuration() -> [String: Any] {
    let encoder = encoder ?? decoder.reversed()
    return [
      "_class_name": "AutoencoderTiny", "latent_channels": latentChannels,
      "encoder_block_out_channels": Array(repeating: channels, count: encoder.count),
      "decoder_block_out_channels": Array(repeating: channels, count: decoder.count),
      "num_encoder_blocks": encoder, "num_decoder_blocks": decoder,
    ]
  }

  /// Residual blocks of each level: they stand between the convolutions.
  private static func levels(_ section: TensorSection) throws -> [Int] {
    let indices = Set(section.names.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }).sorted()
    var levels: [Int] = []
    var blocks = 0
    for index in indices.dropFirst() {
      if section.contains("\(index).conv.0.weight") {
        blocks += 1
      } else {
        levels.append(blocks)
        blocks = 0
      }
    }
    guard blocks == 0, !levels.isEmpty, levels.allSatisfy({ $0 > 0 }) else {
      throw section.unsupported(
        "its layers under '\(section.prefix)' are not TAESD's: the file is incomplete or of another network")
    }
    return levels
  }
}
