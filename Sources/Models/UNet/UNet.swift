package import Checkpoints
package import Engine
import Foundation

/// The denoiser of Stable Diffusion 1.x and 2.x: diffusers' `UNet2DConditionModel`.
package struct UNet: Sendable {
  package let configuration: UNetConfiguration
  private let timeInput: Linear
  private let timeOutput: Linear
  /// The projection of the guidance scale's embedding.
  private let guidanceInput: Linear?
  private let input: Conv2D
  private let down: [DownBlock]
  private let middle: MiddleBlock?
  private let up: [UpBlock]
  private let norm: GroupNorm
  private let output: Conv2D

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: UNetConfiguration) throws {
    self.configuration = configuration
    let first = configuration.channels[0]
    let wide = configuration.timeChannels
    timeInput = try Linear(weights, "time_embedding.linear_1", first, wide)
    timeOutput = try Linear(weights, "time_embedding.linear_2", wide, wide)
    guidanceInput = try configuration.guidanceChannels.map {
      try Linear(weights, "time_embedding.cond_proj", $0, first, bias: false)
    }
    input = try Conv2D(weights, "conv_in", configuration.inputChannels, first)
    down = try configuration.channels.indices.map { try DownBlock(weights, level: $0, configuration) }
    middle = try MiddleBlock(weights, configuration)
    up = try configuration.channels.indices.map { try UpBlock(weights, step: $0, configuration) }
    norm = try GroupNorm(weights, "conv_norm_out", first, groups: configuration.groups, epsilon: configuration.epsilon)
    output = try Conv2D(weights, "conv_out", first, configuration.outputChannels)
    try weights.finish(ignoring: TrainingLeftover.prefixes)
  }

  /// - Parameters:
  ///   - x: latents `[N, H, W, C]`.
  ///   - timesteps: one for each sample.
  ///   - context: the text encoder's hidden states `[N, S, context]`.
  /// - Returns: the prediction `[N, H, W, C]`.
  package func callAsFunction(_ x: Tensor, timesteps: [Float], context: Tensor, on compute: Compute) -> Tensor {
    self(x, timesteps: timesteps, context: AttendedContext(context, keeping: false), on: compute)
  }

  /// The same with several contexts for each latent, as guidance needs: the layers before the first cross-attention
  /// compute each latent only once.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - timesteps: one for each latent.
  ///   - context: `[M · N, S, context]`: M groups, each with one context for each of the N latents.
  ///   - guidance: the scale that a network with `guidanceChannels` imitates; nil not to tell it, as in training.
  ///   - inner: if it holds features, only the outermost level runs; otherwise all levels run and their features are
  ///     stored in it.
  /// - Returns: `[M · N, H, W, C]`; each sample has the same bits as if it were computed alone.
  package func callAsFunction(
    _ x: Tensor, timesteps: [Float], context: AttendedContext, guidance: Float? = nil, inner: InnerFeatures? = nil,
    on compute: Compute
  ) -> Tensor {
    let samples = context.states.shape[0]
    precondition(samples % x.shape[0] == 0, "\(samples) contexts for \(x.shape[0]) latents")
    let time = compute.named("time_embedding") {
      var sinusoid = Tensor.concatenated(timesteps.map(timeEmbedding))
      if let guidance, let guidanceInput {
        let scale = guidanceInput(guidanceEmbedding(guidance), on: compute)
        sinusoid = compute.add(sinusoid, scale.repeated(to: timesteps.count))
      }
      let hidden = timeInput(sinusoid, on: compute)
      let embedding = timeOutput(compute.activation(hidden, .silu), on: compute)
      return compute.activation(embedding, .silu).repeated(to: samples)
    }
    var h = compute.named("conv_in") { input(x, on: compute) }
    var skips = [h]
    let known = inner?.features
    for (level, block) in down.enumerated() where level == 0 || known == nil {
      h = compute.named("down_blocks.\(level)") { block(h, time: time, context: context, skips: &skips, on: compute) }
    }
    if let known {
      h = known
      // The last skip connection belongs to the level below.
      if down.count > 1 { skips.removeLast() }
    } else if let middle {
      h = compute.named("mid_block") { middle(h, time: time, context: context, on: compute) }
    }
    for (step, block) in up.enumerated() where step == up.count - 1 || known == nil {
      if step == up.count - 1 { inner?.features = h }
      h = compute.named("up_blocks.\(step)") { block(h, time: time, context: context, skips: &skips, on: compute) }
    }
    return compute.named("conv_out") { output(norm(h, silu: true, on: compute), on: compute).repeated(to: samples) }
  }

  /// Sines and cosines of 1000 · (scale − 1) at geometrically spaced frequencies, and a 0 if the width is odd: `[1, G]`.
  ///
  /// Source: Meng et al., "On Distillation of Guided Diffusion Models", 2023; diffusers' `get_guidance_scale_embedding`.
  private func guidanceEmbedding(_ scale: Float) -> Tensor {
    let width = configuration.guidanceChannels ?? 0
    let half = width / 2
    let step = log(Float(10000)) / Float(half - 1)
    let angles = (0..<half).map { (scale - 1) * 1000 * exp(Float($0) * -step) }
    let values = angles.map { sin($0) } + angles.map { cos($0) }
    return Tensor([1, width], width.isMultiple(of: 2) ? values : values + [0])
  }

  /// Sines and cosines of the timestep at geometrically spaced frequencies: `[1, C]`.
  private func timeEmbedding(_ timestep: Float) -> Tensor {
    let half = configuration.channels[0] / 2
    let angles = (0..<half).map { index -> Float in
      timestep * exp(-log(Float(10000)) * Float(index) / (Float(half) - configuration.frequencyShift))
    }
    let sines = angles.map { sin($0) }
    let cosines = angles.map { cos($0) }
    return Tensor([1, 2 * half], configuration.flipsSinToCos ? cosines + sines : sines + cosines)
  }
}

/// A cache of the inner levels' output, for calls that skip those levels.
///
/// The output changes little from one step of a denoising run to the next. Source: Ma et al., "DeepCache: Accelerating
/// Diffusion Models for Free", CVPR 2024.
package final class InnerFeatures {
  /// The input of the outermost upsampling level; nil if the next call has to run all levels.
  var features: Tensor?

  package init() {}

  /// Makes the next call run all levels.
  package func forget() { features = nil }
}
