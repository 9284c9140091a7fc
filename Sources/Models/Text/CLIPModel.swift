package import Checkpoints
package import Engine
import Files

/// CLIP's text and vision towers with their projections into the common space: transformers' `CLIPModel`.
package struct CLIPModel: Sendable {
  /// May be replaced by the same tower with more input embeddings.
  package var text: CLIPTextEncoder
  package let vision: CLIPVisionEncoder
  private let textProjection: PackedMatrix
  private let visionProjection: PackedMatrix
  /// The logarithm of the factor that scales similarities in training; `[1]`.
  package let logitScale: Tensor

  /// - Parameter folder: the folder with `config.json` and the weights.
  /// - Throws: `CheckpointError` naming the file and the key or tensor.
  package init(folder: String) throws {
    try self.init(Weights.open(folder: folder), configuration: "\(folder)/config.json")
  }

  /// - Parameter file: the `config.json`.
  package init(_ weights: Weights, configuration file: String) throws {
    let config = try ModelConfiguration(file: file)
    try config.requireModelType("clip")
    let projected = try config.positive("projection_dim", default: 512)
    text = try CLIPTextEncoder(weights, CLIPTextConfiguration(config.tower("text_config")))
    vision = try CLIPVisionEncoder(weights, CLIPVisionConfiguration(config.tower("vision_config")))
    config.allow(CLIPTowerConfiguration.withoutEffect + ["logit_scale_init_value", "is_encoder_decoder"])
    try config.finish()
    textProjection = try weights.matrix(
      "text_projection", [projected, text.configuration.tower.width], bias: false)
    visionProjection = try weights.matrix(
      "visual_projection", [projected, vision.configuration.tower.width], bias: false)
    logitScale = try weights.tensor("logit_scale", [])
    try weights.finish(ignoring: ["text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"])
  }

  /// Features of texts in the common space, before normalisation.
  ///
  /// - Parameter rows: rows of token ids of equal length, as `TokenRow` builds them.
  /// - Returns: `[texts, projection]`, from the hidden state at the position that the configuration pools.
  /// - Throws: `ModelInputError` if the rows come from another model's tokenizer.
  package func textFeatures(_ rows: [[Int]], on compute: Compute) throws -> Tensor {
    guard let length = rows.first?.count, rows.allSatisfy({ $0.count == length }) else {
      throw ModelInputError("all texts of a batch must have the same number of token ids")
    }
    let width = text.configuration.tower.width
    let pooled = try rows.map { try text.configuration.pooledPosition(of: $0) }
    let embeddings = try text.embed(rows.flatMap { $0 }, on: compute).reshaped([rows.count, length, width])
    return textFeatures(hidden: text(embeddings, on: compute), pooledAt: pooled, on: compute)
  }

  /// Features of texts from their hidden states.
  ///
  /// - Parameters:
  ///   - hidden: `[N, L, width]`, as the text tower returns them.
  ///   - positions: the position of each text that is pooled.
  /// - Returns: `[N, projection]`, before normalisation.
  package func textFeatures(hidden: Tensor, pooledAt positions: [Int], on compute: Compute) -> Tensor {
    let rows = positions.enumerated().map { $0.offset * hidden.shape[1] + $0.element }
    return compute.linear(compute.gatherRows(hidden, rows), textProjection)
  }

  /// Features of images in the common space, before normalisation: `[N, H, W, 3]` → `[N, projection]`.
  package func imageFeatures(_ pixels: Tensor, on compute: Compute) -> Tensor {
    compute.linear(vision(pixels, on: compute), visionProjection)
  }
}
