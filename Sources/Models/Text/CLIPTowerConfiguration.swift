import Engine

/// The keys of `config.json` that CLIP's two towers share.
package struct CLIPTowerConfiguration: Sendable {
  package let width: Int
  let inner: Int
  package let layers: Int
  let heads: Int
  let epsilon: Float
  let activation: Activation

  /// - Parameter standard: the tower's sizes in the configuration class of transformers, which its files may omit.
  init(_ config: ModelConfiguration, standard: (width: Int, inner: Int, heads: Int)) throws {
    width = try config.positive("hidden_size", default: standard.width)
    inner = try config.positive("intermediate_size", default: standard.inner)
    layers = try config.positive("num_hidden_layers", default: 12)
    heads = try config.positive("num_attention_heads", default: standard.heads)
    epsilon = Float(try config.number("layer_norm_eps", default: 1e-5))
    let name = try config.string("hidden_act", default: "quick_gelu")
    guard let activation = Activation(rawValue: name), [.gelu, .quickGELU].contains(activation) else {
      throw config.unsupported("hidden_act", name, use: "quick_gelu or gelu")
    }
    self.activation = activation
    config.allow(Self.withoutEffect)
    guard width % heads == 0 else {
      throw config.invalid("num_attention_heads", "the width \(width) is not divisible by \(heads) heads")
    }
  }

  /// Keys of transformers' `PretrainedConfig` and of CLIP that matter only in training, in generating text or for other
  /// tasks; versions before 5 write all of them into nested configurations.
  static let withoutEffect =
    [
      "projection_dim", "attention_dropout", "dropout", "initializer_factor", "initializer_range",
      "pad_token_id", "bos_token_id", "sep_token_id", "decoder_start_token_id", "forced_bos_token_id",
      "forced_eos_token_id",
    ] + generation + bookkeeping

  private static let generation = [
    "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping",
    "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "length_penalty", "max_length", "min_length",
    "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "prefix", "remove_invalid_values",
    "repetition_penalty", "suppress_tokens", "temperature", "top_k", "top_p", "typical_p", "use_cache",
  ]

  private static let bookkeeping = [
    "architectures", "attn_implementation", "chunk_size_feed_forward", "dtype", "finetuning_task",
    "gradient_checkpointing", "id2label", "label2id", "name_or_path", "num_labels", "output_attentions",
    "output_hidden_states", "output_scores", "problem_type", "return_dict", "return_dict_in_generate",
    "task_specific_params", "tf_legacy_loss", "tie_encoder_decoder", "tie_word_embeddings", "tokenizer_class",
    "torch_dtype", "torchscript", "transformers_version", "use_bfloat16", "use_return_dict",
  ]
}
