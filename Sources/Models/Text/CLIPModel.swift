import Checkpoints
package import Engine

/// Both of CLIP's towers with their projections into the common space: transformers' `CLIPModel`.
package struct CLIPModel: Sendable {
  package let text: CLIPTextEncoder
  package let vision: CLIPVisionEncoder
  private let textProjection: PackedMatrix
  private let visionProjection: PackedMatrix

  /// - Parameter folder: holds `config.json` and the weights.
  /// - Throws: `CheckpointError` naming the file and the key or tensor.
  package init(folder: String) throws {
    let config = try ModelConfiguration(file: "\(folder)/config.json")
    let weights = try Weights.open(folder: folder)
    let projected = try config.positive("projection_dim", default: 512)
    text = try CLIPTextEncoder(weights, CLIPTextConfiguration(config.object("text_config")))
    vision = try CLIPVisionEncoder(weights, CLIPVisionConfiguration(config.object("vision_config")))
    textProjection = PackedMatrix(
      linear: try weights.tensor("text_projection.weight", [projected, text.configuration.tower.width]), bias: nil)
    visionProjection = PackedMatrix(
      linear: try weights.tensor("visual_projection.weight", [projected, vision.configuration.tower.width]), bias: nil)
    _ = try weights.tensor("logit_scale", [])
    try weights.finish(ignoring: ["text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"])
  }

  /// Features of texts in the common space, not normalised.
  ///
  /// - Parameter ids: equally long rows that begin with BOS and end in EOS.
  /// - Returns: `[texts, projection]`, from the hidden state at the first EOS.
  package func textFeatures(_ ids: [[Int]], on compute: Compute) throws -> Tensor {
    guard let length = ids.first?.count, ids.allSatisfy({ $0.count == length }) else {
      throw ModelInputError(description: "texts of one batch need equally many token ids")
    }
    let width = text.configuration.tower.width
    let hidden = text(try text.embed(ids.flatMap { $0 }).reshaped([ids.count, length, width]), on: compute)
      .reshaped([ids.count * length, width])
    let pooled = try ids.enumerated().map { row, ids in
      guard let end = ids.firstIndex(of: text.configuration.endID) else {
        throw ModelInputError(description: "text \(row) of the batch has no end token")
      }
      return hidden.slice(row * length + end..<row * length + end + 1)
    }
    return compute.linear(Tensor.concatenated(pooled), textProjection)
  }

  /// Features of images in the common space, not normalised: `[N, H, W, 3]` → `[N, projection]`.
  package func imageFeatures(_ pixels: Tensor, on compute: Compute) -> Tensor {
    compute.linear(vision(pixels, on: compute), visionProjection)
  }
}
