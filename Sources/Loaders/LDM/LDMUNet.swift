import Checkpoints
import Files

/// The denoiser of a checkpoint with the names of CompVis' latent-diffusion code, under diffusers' names.
///
/// Where a level ends follows from the resampling layers, so any number of levels and layers and any placement of
/// attention is understood; ``LDMNames`` has the names.
struct LDMUNet: Sendable {
  /// One level of the way down.
  struct Level: Sendable {
    var channels = 0
    var layers = 0
    var attending = 0
  }

  let tensors: [String: StoredTensor]
  let levels: [Level]
  /// Whether each level of the way up attends, from the bottom.
  let attendsUp: [Bool]
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
    levels = try Self.down(section, parts)
    hasMiddleAttention = parts["middle_block.1"]?.contains("transformer_blocks") ?? false
    attendsUp = try Self.up(section, parts, levels)

    let attentions = parts.filter { $0.value.contains("transformer_blocks") }.keys.sorted()
    guard let first = attentions.first else {
      throw section.unsupported("its U-Net does not attend to a text: it is not Stable Diffusion's")
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
    tensors = try Self.renamed(
      section,
      LDMNames(
        LDMNames.Layout(
          layers: levels[0].layers, attendsDown: levels.map { $0.attending > 0 }, attendsUp: attendsUp,
          attendsInMiddle: hasMiddleAttention)))
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

  private static func down(_ section: TensorSection, _ parts: [String: Set<String>]) throws -> [Level] {
    var levels = [Level()]
    var index = 1
    while let words = parts["input_blocks.\(index).0"] {
      let (key, level) = ("input_blocks.\(index)", levels.count - 1)
      if words.contains("op") {
        levels.append(Level())
      } else {
        levels[level].channels = try section.shape("\(key).0.out_layers.3.weight", rank: 4)[0]
        if parts["\(key).1"] != nil { levels[level].attending += 1 }
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

  private static func up(
    _ section: TensorSection, _ parts: [String: Set<String>], _ levels: [Level]
  ) throws -> [Bool] {
    var steps = [Level()]
    var (index, hasEnded) = (0, false)
    while parts["output_blocks.\(index).0"] != nil {
      if hasEnded { steps.append(Level()) }
      hasEnded = false
      let (key, step) = ("output_blocks.\(index)", steps.count - 1)
      for place in ["\(key).1", "\(key).2"] {
        guard let words = parts[place] else { continue }
        if words.contains("conv") { hasEnded = true } else { steps[step].attending += 1 }
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

  private static func renamed(_ section: TensorSection, _ names: LDMNames) throws -> [String: StoredTensor] {
    var canonical = CanonicalTensors()
    var unplaced: [String] = []
    for name in section.names {
      if let new = names.diffusers(name) {
        try canonical.add(new, section.stored(name))
      } else {
        unplaced.append(name)
      }
    }
    try CanonicalTensors.refuse(unplaced, of: section, network: "U-Net")
    return canonical.tensors
  }
}
