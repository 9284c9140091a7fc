/// The names of a U-Net's modules in CompVis' latent-diffusion code, which checkpoints and many LoRAs have, and in
/// diffusers.
///
/// Source: `ldm/modules/diffusionmodules/openaimodel.py`. `input_blocks` counts the first convolution, residual blocks
/// and downsamplings in one sequence, `output_blocks` the residual blocks of the way up; attention and upsampling follow
/// the residual block of the same number.
package struct LDMNames: Sendable {
  /// What both numberings depend on. Every level has the same number of layers, and the way up one more.
  struct Layout {
    var layers = 0
    /// Whether each level attends, from the top.
    var attendsDown: [Bool] = []
    /// Whether each level of the way up attends, from the bottom.
    var attendsUp: [Bool] = []
    var attendsInMiddle = true
  }

  private var diffusers: [String: String] = [:]
  private var originals: [String: String] = [:]

  private static let outer = [
    ("input_blocks.0.0", "conv_in"), ("time_embed.0", "time_embedding.linear_1"),
    ("time_embed.2", "time_embedding.linear_2"), ("out.0", "conv_norm_out"), ("out.2", "conv_out"),
  ]
  private static let residual = [
    ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
    ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
  ]

  init(_ layout: Layout) {
    for (original, name) in Self.outer { add(original, name) }
    let layers = layout.layers
    for (level, attends) in layout.attendsDown.enumerated() {
      let (block, first) = ("down_blocks.\(level)", level * (layers + 1) + 1)
      for layer in 0..<layers {
        addResidual("input_blocks.\(first + layer).0", "\(block).resnets.\(layer)")
        if attends { add("input_blocks.\(first + layer).1", "\(block).attentions.\(layer)") }
      }
      add("input_blocks.\(first + layers).0.op", "\(block).downsamplers.0.conv")
    }
    addResidual("middle_block.0", "mid_block.resnets.0")
    if layout.attendsInMiddle { add("middle_block.1", "mid_block.attentions.0") }
    addResidual("middle_block.\(layout.attendsInMiddle ? 2 : 1)", "mid_block.resnets.1")
    for (level, attends) in layout.attendsUp.enumerated() {
      let (block, first) = ("up_blocks.\(level)", level * (layers + 1))
      for layer in 0...layers {
        addResidual("output_blocks.\(first + layer).0", "\(block).resnets.\(layer)")
        if attends { add("output_blocks.\(first + layer).1", "\(block).attentions.\(layer)") }
      }
      add("output_blocks.\(first + layers).\(attends ? 2 : 1).conv", "\(block).upsamplers.0.conv")
    }
  }

  /// The names for the U-Net whose modules have these names in diffusers.
  package init(diffusers modules: some Sequence<String>) {
    var layout = Layout(attendsInMiddle: false)
    func note(_ level: Int, _ attends: Bool, in levels: inout [Bool]) {
      while levels.count <= level { levels.append(false) }
      levels[level] = levels[level] || attends
    }
    for module in modules {
      let path = module.split(separator: ".", maxSplits: 4)
      if module.hasPrefix("mid_block.attentions.") { layout.attendsInMiddle = true }
      guard path.count > 3, let level = Int(path[1]), let layer = Int(path[3]),
        Self.numbers.contains(level), Self.numbers.contains(layer)
      else { continue }
      switch path[0] {
      case "down_blocks":
        note(level, path[2] == "attentions", in: &layout.attendsDown)
        if path[2] == "resnets" { layout.layers = max(layout.layers, layer + 1) }
      case "up_blocks": note(level, path[2] == "attentions", in: &layout.attendsUp)
      default: break
      }
    }
    self.init(layout)
  }

  /// Names come from files: no U-Net has more levels or layers.
  private static let numbers = 0..<100

  /// diffusers' name of the tensor or module with this name in the original code; nil if it has no place in the U-Net.
  func diffusers(_ original: String) -> String? { Self.translated(original, by: diffusers) }

  /// The name in the original code of the module that diffusers calls `module`; nil if it has none.
  package func original(_ module: String) -> String? { Self.translated(module, by: originals) }

  private mutating func add(_ original: String, _ name: String) {
    diffusers[original] = name
    originals[name] = original
  }

  private mutating func addResidual(_ original: String, _ name: String) {
    for (inner, own) in Self.residual { add("\(original).\(inner)", "\(name).\(own)") }
  }

  /// Replaces the beginning of a name that is a module of the table; the module's own parts have the same names in both.
  private static func translated(_ name: String, by table: [String: String]) -> String? {
    var end = name.startIndex
    while end < name.endIndex {
      end = name[end...].dropFirst().firstIndex(of: ".") ?? name.endIndex
      if let found = table[String(name[..<end])] { return found + name[end...] }
    }
    return nil
  }
}
