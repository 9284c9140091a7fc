package import Checkpoints
package import Engine
import Foundation

/// The denoiser of Stable Diffusion 1.x and 2.x: diffusers' `UNet2DConditionModel`.
package struct UNet: Sendable {
  package let configuration: UNetConfiguration
  private let timeInput: Linear
  private let timeOutput: Linear
  private let input: Conv2D
  private let down: [DownBlock]
  private let middle: MiddleBlock
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
    input = try Conv2D(weights, "conv_in", configuration.inputChannels, first)
    down = try configuration.channels.indices.map { try DownBlock(weights, level: $0, configuration) }
    middle = try MiddleBlock(weights, configuration)
    up = try configuration.channels.indices.map { try UpBlock(weights, step: $0, configuration) }
    norm = try GroupNorm(weights, "conv_norm_out", first, groups: configuration.groups, epsilon: configuration.epsilon)
    output = try Conv2D(weights, "conv_out", first, configuration.outputChannels)
    try weights.finish()
  }

  /// - Parameters:
  ///   - x: latents `[N, H, W, C]`.
  ///   - timesteps: one a sample.
  ///   - context: the text encoder's hidden states `[N, S, context]`.
  /// - Returns: the prediction `[N, H, W, C]`.
  package func callAsFunction(_ x: Tensor, timesteps: [Float], context: Tensor, on compute: Compute) -> Tensor {
    let sinusoid = timeInput(Tensor.concatenated(timesteps.map(timeEmbedding)), on: compute)
    let embedding = timeOutput(compute.activation(sinusoid, .silu), on: compute)
    let time = compute.activation(embedding, .silu)
    var h = input(x, on: compute)
    var skips = [h]
    for block in down { h = block(h, time: time, context: context, skips: &skips, on: compute) }
    h = middle(h, time: time, context: context, on: compute)
    for block in up { h = block(h, time: time, context: context, skips: &skips, on: compute) }
    return output(norm(h, silu: true, on: compute), on: compute)
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
