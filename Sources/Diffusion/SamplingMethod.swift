import Engine

/// The interface of all families of samplers.
protocol SamplingMethod: Sendable {
  /// The timestep of each network call.
  var timesteps: [Float] { get }
  /// The factor that scales unit noise to the first sample.
  var initialNoiseScale: Float { get }

  /// The network's input for a call.
  func scaled(_ sample: Tensor, call: Int) -> Tensor
  /// The sample after a call. Calls are made in order, from 0.
  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor
}

/// Most families start from unit noise and do not scale the network's input.
extension SamplingMethod {
  var initialNoiseScale: Float { 1 }

  func scaled(_ sample: Tensor, call: Int) -> Tensor { sample }
}

/// Σ cᵢ · xᵢ over tensors of one shape, added from left to right for each element, so that an image's bits do not
/// depend on the others in its batch.
func linearCombination(_ terms: (factor: Float, tensor: Tensor)...) -> Tensor { .linearCombination(terms) }
