import Files

/// The `config.json` of transformers' `CLIPTextModel`, or the `text_config` in that of a `CLIPModel`.
package struct CLIPTextConfiguration: Sendable {
  package let tower: CLIPTowerConfiguration
  package let vocabulary: Int
  /// Number of token positions of a context.
  package let positions: Int
  /// `eos_token_id`: 2 in every published file of Stable Diffusion 1.x and 2.x, although the tokenizer's end token has
  /// another id.
  private let endID: Int

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws {
    let config = try ModelConfiguration(file: file)
    // A whole CLIP model in the place of its text tower: transformers then takes this object, and not `text_config_dict`.
    try self.init(config.values["model_type"] as? String == "clip" ? config.object("text_config") : config)
  }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.requireModelType("clip_text_model")
    for key in ["is_decoder", "add_cross_attention", "is_encoder_decoder"] { try config.requireFalse(key) }
    try config.requireNull("cross_attention_hidden_size")
    try config.requireUnpruned()
    tower = try CLIPTowerConfiguration(config, standard: (512, 2048, 8))
    vocabulary = try config.positive("vocab_size", default: 49408)
    positions = try config.positive("max_position_embeddings", default: 77)
    guard positions >= 2 else {
      throw config.invalid("max_position_embeddings", "must be at least 2, for the begin and the end token")
    }
    endID = try config.positive("eos_token_id", default: 49407)
    try config.finish()
  }

  /// The position whose hidden state represents a text, as in transformers' `CLIPTextModel`: the first occurrence of
  /// the largest id if the configuration says that the end token is 2, otherwise the first end token.
  ///
  /// - Throws: `ModelInputError` if no id is the end token.
  package func pooledPosition(of ids: [Int]) throws -> Int {
    let position = endID == 2 ? ids.indices.max { (ids[$0], $1) < (ids[$1], $0) } : ids.firstIndex(of: endID)
    guard let position else {
      throw ModelInputError(
        "a text has no token \(endID), the end token by the text encoder's configuration "
          + "(eos_token_id): the tokenizer belongs to another model")
    }
    return position
  }
}
