/// The `config.json` of transformers' `CLIPTextModel`, or the `text_config` of a `CLIPModel`'s.
package struct CLIPTextConfiguration: Sendable {
  package let tower: CLIPTowerConfiguration
  package let vocabulary: Int
  /// Token positions of a context.
  package let positions: Int
  package let endID: Int

  /// - Throws: `CheckpointError` that names the key that is missing, of the wrong type or not supported.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  init(_ config: ModelConfiguration) throws {
    tower = try CLIPTowerConfiguration(config)
    vocabulary = try config.positive("vocab_size", default: 49408)
    positions = try config.positive("max_position_embeddings", default: 77)
    endID = try config.positive("eos_token_id", default: 49407)
  }
}
