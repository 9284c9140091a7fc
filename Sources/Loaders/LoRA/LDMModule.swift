/// The names that the modules of a U-Net have in the original code of latent diffusion.
///
/// Source: `openaimodel.py` of CompVis/latent-diffusion.
package struct LDMModule {
  /// Residual blocks and transformers per level, of which the upward half has one more.
  private let layers: Int
  /// The steps of the upward half that have attention, which precedes the upsampling.
  private let attending: Set<Int>

  private static let outer = [
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
  ]
  private static let inner = [
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
  ]

  /// - Parameter modules: the names of all modules of the U-Net.
  package init(_ modules: some Sequence<String>) {
    var layers = 0
    var attending: Set<Int> = []
    for module in modules {
      let path = module.split(separator: ".", maxSplits: 4)
      guard path.count > 3, let level = Int(path[1]), let layer = Int(path[3]) else { continue }
      if path[0] == "down_blocks", path[2] == "resnets" { layers = max(layers, layer + 1) }
      if path[0] == "up_blocks", path[2] == "attentions" { attending.insert(level) }
    }
    self.layers = layers
    self.attending = attending
  }

  /// The original name of the module that diffusers calls `module`; nil if it has none.
  package func name(of module: String) -> String? {
    if let outer = Self.outer[module] { return outer }
    let path = module.split(separator: ".").map(String.init)
    guard path.count > 3 else { return nil }
    if path[0] == "mid_block", let layer = Int(path[2]) {
      return inside(path[1], path[3...], at: "middle_block", path[1] == "resnets" ? 2 * layer : 2 * layer + 1)
    }
    guard path.count > 4, let level = Int(path[1]), let layer = Int(path[3]) else { return nil }
    switch path[0] {
    case "down_blocks":
      let first = level * (layers + 1) + 1
      return path[2] == "downsamplers"
        ? "input_blocks.\(first + layers).0.op"
        : inside(path[2], path[4...], at: "input_blocks.\(first + layer)", path[2] == "resnets" ? 0 : 1)
    case "up_blocks":
      let first = level * (layers + 1)
      return path[2] == "upsamplers"
        ? "output_blocks.\(first + layers).\(attending.contains(level) ? 2 : 1).conv"
        : inside(path[2], path[4...], at: "output_blocks.\(first + layer)", path[2] == "resnets" ? 0 : 1)
    default: return nil
    }
  }

  private func inside(_ kind: String, _ rest: ArraySlice<String>, at block: String, _ place: Int) -> String? {
    guard kind == "resnets" else { return "\(block).\(place).\(rest.joined(separator: "."))" }
    guard let own = rest.first.flatMap({ Self.inner[$0] }) else { return nil }
    return "\(block).\(place).\(own)"
  }
}
