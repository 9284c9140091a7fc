import Checkpoints
import Files

/// The denoiser of a checkpoint with the names of CompVis' latent-diffusion code, under diffusers' names.
///
/// Source: `ldm/modules/diffusionmodules/openaimodel.py`. `input_blocks` counts convolution, residual blocks and
/// downsamplings in one sequence, `output_blocks` the residual blocks of the way up; where a level ends follows from
/// the resampling layers, so any number of levels and layers and any placement of attention is understood.
struct LDMUNet: Sendable {
  /// What a block of the sequence is in diffusers.
  private enum Block {
    case residual(String)
    case attention(String)
    /// The convolution of a down- or upsampling.
    case resampling(String)

    func name(_ rest: String) -> String? {
      switch self {
      case .residual(let name): LDMUNet.residual(rest).map { "\(name).\($0)" }
      case .attention(let name): "\(name).\(rest)"
      case .resampling(let name):
        rest.hasPrefix("op.") || rest.hasPrefix("conv.") ? "\(name).\(rest.drop { $0 != "." }.dropFirst())" : nil
      }
    }
  }

  /// One level of the way down.
  struct Level: Sendable {
    var channels = 0
    var layers = 0
    var attending = 0
  }

  private(set) var tensors: [String: StoredTensor] = [:]
  private(set) var levels: [Level] = []
  /// Whether each level of the way up attends, from the bottom.
  private(set) var attendsUp: [Bool] = []
  let hasMiddleAttention: Bool
  let inputs: Int
  let outputs: Int
  /// Width of the text encoder's hidden states.
  let context: Int
  let transformerLayers: Int
  let usesLinearProjection: Bool

  /// - Parameter section: the tensors under `model.diffusion_model.`.
  /// - Throws: `CheckpointError` naming a tensor that is missing, misshapen or has no place.
  init(_ section: TensorSection) throws {
    inputs = try section.shape("input_blocks.0.0.weight", rank: 4)[1]
    outputs = try section.shape("out.2.weight", rank: 4)[0]
    let parts = Self.parts(section)
    var blocks: [String: Block] = [:]
    let levels = try Self.down(section, parts, &blocks)
    hasMiddleAttention = Self.middle(parts, &blocks)
    attendsUp = try Self.up(section, parts, levels, &blocks)
    self.levels = levels

    let attentions = blocks.compactMap { key, block in if case .attention = block { key } else { nil } }.sorted()
    guard let first = attentions.first else {
      throw section.unsupported("its U-Net has no attention: it is not Stable Diffusion's")
    }
    context = try section.shape("\(first).transformer_blocks.0.attn2.to_k.weight", rank: 2)[1]
    usesLinearProjection = section.rank("\(first).proj_in.weight") == 2
    let depths = Set(attentions.map { section.count("\($0).transformer_blocks") })
    guard let depth = depths.first, depths.count == 1 else {
      throw section.unsupported(
        "its U-Net has \(depths.sorted().map(String.init).joined(separator: ", ")) transformer layers in different levels, as Stable Diffusion XL's: only models of the 1.x and 2.x families are supported"
      )
    }
    transformerLayers = depth
    tensors = try Self.renamed(section, blocks)
  }

  // MARK: - The sequence of blocks

  /// The first words of the names in each block, such as `in_layers` under `input_blocks.1.0`.
  private static func parts(_ section: TensorSection) -> [String: Set<String>] {
    section.names.reduce(into: [:]) { parts, name in
      if let (block, rest) = split(name) { parts[block, default: []].insert(String(rest.prefix { $0 != "." })) }
    }
  }

  /// `input_blocks.1.0.in_layers.0.weight` → `input_blocks.1.0`, `in_layers.0.weight`.
  private static func split(_ name: String) -> (block: String, rest: String)? {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    let depth = words.first == "middle_block" ? 2 : 3
    guard ["input_blocks", "middle_block", "output_blocks"].contains(words.first ?? ""), words.count > depth else {
      return nil
    }
    return (words.prefix(depth).joined(separator: "."), words.dropFirst(depth).joined(separator: "."))
  }

  private static func down(
    _ section: TensorSection, _ parts: [String: Set<String>], _ blocks: inout [String: Block]
  ) throws -> [Level] {
    var levels = [Level()]
    var index = 1
    while let words = parts["input_blocks.\(index).0"] {
      let (key, level) = ("input_blocks.\(index)", levels.count - 1)
      if words.contains("op") {
        blocks["\(key).0"] = .resampling("down_blocks.\(level).downsamplers.0.conv")
        levels.append(Level())
      } else {
        let layer = levels[level].layers
        levels[level].channels = try section.shape("\(key).0.out_layers.3.weight", rank: 4)[0]
        blocks["\(key).0"] = .residual("down_blocks.\(level).resnets.\(layer)")
        if parts["\(key).1"] != nil {
          blocks["\(key).1"] = .attention("down_blocks.\(level).attentions.\(layer)")
          levels[level].attending += 1
        }
        levels[level].layers += 1
      }
      index += 1
    }
    let layers = levels[0].layers
    guard layers > 0, levels.allSatisfy({ $0.layers == layers && [0, layers].contains($0.attending) }) else {
      throw irregular(section, "down")
    }
    return levels
  }

  private static func middle(_ parts: [String: Set<String>], _ blocks: inout [String: Block]) -> Bool {
    let attends = parts["middle_block.1"]?.contains("transformer_blocks") ?? false
    blocks["middle_block.0"] = .residual("mid_block.resnets.0")
    if attends { blocks["middle_block.1"] = .attention("mid_block.attentions.0") }
    blocks["middle_block.\(attends ? 2 : 1)"] = .residual("mid_block.resnets.1")
    return attends
  }

  private static func up(
    _ section: TensorSection, _ parts: [String: Set<String>], _ levels: [Level], _ blocks: inout [String: Block]
  ) throws -> [Bool] {
    var steps = [Level()]
    var (index, hasEnded) = (0, false)
    while parts["output_blocks.\(index).0"] != nil {
      if hasEnded { steps.append(Level()) }
      hasEnded = false
      let (key, step) = ("output_blocks.\(index)", steps.count - 1)
      let layer = steps[step].layers
      blocks["\(key).0"] = .residual("up_blocks.\(step).resnets.\(layer)")
      for place in ["\(key).1", "\(key).2"] {
        guard let words = parts[place] else { continue }
        if words.contains("conv") {
          blocks[place] = .resampling("up_blocks.\(step).upsamplers.0.conv")
          hasEnded = true
        } else {
          blocks[place] = .attention("up_blocks.\(step).attentions.\(layer)")
          steps[step].attending += 1
        }
      }
      steps[step].layers += 1
      index += 1
    }
    let layers = levels[0].layers + 1
    guard steps.count == levels.count, steps.allSatisfy({ $0.layers == layers && [0, layers].contains($0.attending) })
    else { throw irregular(section, "up") }
    return steps.map { $0.attending > 0 }
  }

  private static func irregular(_ section: TensorSection, _ way: String) -> CheckpointError {
    section.unsupported(
      "the blocks of its U-Net's way \(way) are not arranged as in Stable Diffusion 1.x and 2.x: the checkpoint is incomplete or of another family"
    )
  }

  // MARK: - Names

  private static func renamed(_ section: TensorSection, _ blocks: [String: Block]) throws -> [String: StoredTensor] {
    var canonical = CanonicalTensors()
    var unplaced: [String] = []
    for name in section.names {
      let new: String? =
        if name == "input_blocks.0.0.weight" || name == "input_blocks.0.0.bias" {
          "conv_in.\(name.dropFirst("input_blocks.0.0.".count))"
        } else if let (block, rest) = split(name) {
          blocks[block]?.name(rest)
        } else {
          outer(name)
        }
      guard let new else {
        unplaced.append(name)
        continue
      }
      try canonical.add(new, section.stored(name))
    }
    try CanonicalTensors.refuse(unplaced, of: section, network: "U-Net")
    return canonical.tensors
  }

  private static func outer(_ name: String) -> String? {
    renamed(
      name,
      [
        ("time_embed.0.", "time_embedding.linear_1."), ("time_embed.2.", "time_embedding.linear_2."),
        ("out.0.", "conv_norm_out."), ("out.2.", "conv_out."),
      ])
  }

  private static func residual(_ rest: String) -> String? {
    renamed(
      rest,
      [
        ("in_layers.0.", "norm1."), ("in_layers.2.", "conv1."), ("emb_layers.1.", "time_emb_proj."),
        ("out_layers.0.", "norm2."), ("out_layers.3.", "conv2."), ("skip_connection.", "conv_shortcut."),
      ])
  }

  private static func renamed(_ name: String, _ pairs: [(old: String, new: String)]) -> String? {
    pairs.first { name.hasPrefix($0.old) }.map { $0.new + name.dropFirst($0.old.count) }
  }
}
