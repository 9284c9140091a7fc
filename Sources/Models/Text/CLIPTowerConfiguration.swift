import Engine

/// The keys of `config.json` that CLIP's two towers share.
package struct CLIPTowerConfiguration: Sendable {
  package let width: Int
  let inner: Int
  let layers: Int
  let heads: Int
  let epsilon: Float
  let activation: Activation

  init(_ config: ModelConfiguration) throws {
    width = try config.positive("hidden_size", default: nil)
    inner = try config.positive("intermediate_size", default: nil)
    layers = try config.positive("num_hidden_layers", default: nil)
    heads = try config.positive("num_attention_heads", default: nil)
    epsilon = Float(try config.number("layer_norm_eps", default: 1e-5))
    let name = try config.optionalString("hidden_act") ?? "quick_gelu"
    guard let activation = Activation(rawValue: name), [.gelu, .quickGELU].contains(activation) else {
      throw config.unsupported("hidden_act", name, use: "quick_gelu or gelu")
    }
    self.activation = activation
    guard width % heads == 0 else {
      throw config.invalid("num_attention_heads", "the width \(width) is not divisible by \(heads) heads")
    }
  }
}
