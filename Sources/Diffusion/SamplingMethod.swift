import Engine

/// What the families of samplers have in common.
protocol SamplingMethod: Sendable {
  /// The timestep of each network call.
  var timesteps: [Float] { get }
  /// What unit noise is multiplied with to make the first sample.
  var initialNoiseScale: Float { get }

  /// The network's input of a call.
  func scaled(_ sample: Tensor, call: Int) -> Tensor
  /// The sample after a call. Calls come in order, from 0.
  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor
}

/// Most families take unit noise and show it to the network as it is.
extension SamplingMethod {
  var initialNoiseScale: Float { 1 }

  func scaled(_ sample: Tensor, call: Int) -> Tensor { sample }
}
