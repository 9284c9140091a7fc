import Checkpoints
import Engine

/// A residual block, followed by a transformer if the level has attention.
private struct Stage: Sendable {
  let residual: ResidualBlock
  let transformer: SpatialTransformer?

  func callAsFunction(_ x: Tensor, time: Tensor, context: AttendedContext, on compute: Compute) -> Tensor {
    let h = compute.block([x, time]) { residual(x, time: time, on: $0) }
    guard let transformer else { return h }
    return compute.block([h, context.states]) { transformer(h, context: context, on: $0) }
  }
}

/// A level of the downsampling path; the outputs of its stages and of its downsampling become skip connections.
struct DownBlock: Sendable {
  private let stages: [Stage]
  private let halve: Conv2D?

  init(_ weights: Weights, level: Int, _ configuration: UNetConfiguration) throws {
    let name = "down_blocks.\(level)"
    let outputs = configuration.channels[level]
    let inputs = level == 0 ? outputs : configuration.channels[level - 1]
    let first = level == 0 ? configuration.channels[0] : inputs
    stages = try (0..<configuration.layersPerBlock[level]).map { layer in
      Stage(
        residual: try ResidualBlock(
          weights, "\(name).resnets.\(layer)", layer == 0 ? first : outputs, outputs,
          timeChannels: configuration.timeChannels, groups: configuration.groups, epsilon: configuration.epsilon),
        transformer: configuration.attendsDown[level]
          ? try SpatialTransformer(
            weights, "\(name).attentions.\(layer)", outputs, heads: configuration.heads[level],
            layers: configuration.transformerLayers[level], configuration) : nil)
    }
    halve =
      level == configuration.channels.count - 1
      ? nil : try Conv2D(weights, "\(name).downsamplers.0.conv", outputs, outputs, .init(kernel: 3, stride: 2))
  }

  /// - Returns: the level's output; the outputs of its stages and of its downsampling are appended to `skips`.
  func callAsFunction(
    _ x: Tensor, time: Tensor, context: AttendedContext, skips: inout [Tensor], on compute: Compute
  ) -> Tensor {
    var h = x
    for stage in stages {
      h = stage(h, time: time, context: context, on: compute)
      skips.append(h)
    }
    if let halve {
      h = halve(h, on: compute)
      skips.append(h)
    }
    return h
  }
}

/// The lowest level: residual block, transformer, residual block; or one residual block.
struct MiddleBlock: Sendable {
  private let first: Stage
  private let last: ResidualBlock?

  /// Nil if the model has no such level.
  init?(_ weights: Weights, _ configuration: UNetConfiguration) throws {
    let level = configuration.channels.count - 1
    let channels = configuration.channels[level]
    func residual(_ index: Int) throws -> ResidualBlock {
      try ResidualBlock(
        weights, "mid_block.resnets.\(index)", channels, channels, timeChannels: configuration.timeChannels,
        groups: configuration.groups, epsilon: configuration.epsilon)
    }
    switch configuration.middle {
    case .none: return nil
    case .residual:
      first = Stage(residual: try residual(0), transformer: nil)
      last = nil
    case .attending:
      first = Stage(
        residual: try residual(0),
        transformer: try SpatialTransformer(
          weights, "mid_block.attentions.0", channels, heads: configuration.heads[level],
          layers: configuration.transformerLayers[level], configuration))
      last = try residual(1)
    }
  }

  func callAsFunction(_ x: Tensor, time: Tensor, context: AttendedContext, on compute: Compute) -> Tensor {
    let h = first(x, time: time, context: context, on: compute)
    guard let last else { return h }
    return compute.block([h, time]) { last(h, time: time, on: $0) }
  }
}

/// A level of the upsampling path: each stage takes its input joined with one skip connection.
struct UpBlock: Sendable {
  private let stages: [Stage]
  private let double: Conv2D?

  /// - Parameter step: 0 for the lowest level.
  init(_ weights: Weights, step: Int, _ configuration: UNetConfiguration) throws {
    let name = "up_blocks.\(step)"
    let upward = Array(configuration.channels.reversed())
    let outputs = upward[step]
    let before = step == 0 ? upward[0] : upward[step - 1]
    let beside = upward[min(step + 1, upward.count - 1)]
    let level = upward.count - 1 - step
    let layers = configuration.layersPerBlock[level] + 1
    stages = try (0..<layers).map { layer in
      let inputs = (layer == 0 ? before : outputs) + (layer == layers - 1 ? beside : outputs)
      return Stage(
        residual: try ResidualBlock(
          weights, "\(name).resnets.\(layer)", inputs, outputs, timeChannels: configuration.timeChannels,
          groups: configuration.groups, epsilon: configuration.epsilon),
        transformer: configuration.attendsUp[step]
          ? try SpatialTransformer(
            weights, "\(name).attentions.\(layer)", outputs,
            heads: configuration.heads[level], layers: configuration.transformerLayers[level], configuration) : nil)
    }
    double =
      step == upward.count - 1 ? nil : try Conv2D(weights, "\(name).upsamplers.0.conv", outputs, outputs)
  }

  func callAsFunction(
    _ x: Tensor, time: Tensor, context: AttendedContext, skips: inout [Tensor], on compute: Compute
  ) -> Tensor {
    var h = x
    for stage in stages {
      let beside = skips.removeLast().repeated(to: h.shape[0])
      h = stage(compute.concatenateChannels(h, beside), time: time, context: context, on: compute)
    }
    guard let double, let next = skips.last else { return h }
    // The next level's size, which is not twice this one's if downsampling rounded an odd size.
    return double(compute.upsampleNearest(h, height: next.shape[1], width: next.shape[2]), on: compute)
  }
}
