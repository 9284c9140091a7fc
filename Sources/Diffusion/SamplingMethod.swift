import Engine

/// The interface of all families of samplers.
protocol SamplingMethod: Sendable {
  /// The timestep of each network call.
  var timesteps: [Float] { get }
  /// The factor that scales unit noise to the first sample.
  var initialNoiseScale: Float { get }

  /// Prepares for a run whose first call is `call` instead of 0.
  ///
  /// - Throws: `SamplerError` if the method cannot begin there.
  mutating func begin(at call: Int) throws
  /// A clean sample with unit noise added up to the noise level of `call`.
  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor
  /// The network's input for a call.
  func scaled(_ sample: Tensor, call: Int) -> Tensor
  /// The sample after a call. Calls are made in order; a method must not expect that the first one is 0.
  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor
}

/// Most families start from unit noise and do not scale the network's input.
extension SamplingMethod {
  var initialNoiseScale: Float { 1 }

  mutating func begin(at call: Int) throws {}

  func scaled(_ sample: Tensor, call: Int) -> Tensor { sample }
}

/// A method that visits trained timesteps.
protocol TrainedTimestepMethod: SamplingMethod {
  var schedule: NoiseSchedule { get }
  /// The timestep of each network call.
  var visited: [Int] { get }
}

extension TrainedTimestepMethod {
  var timesteps: [Float] { visited.map { Float($0) } }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    schedule.noised(sample, noise, timestep: visited[call])
  }
}

/// A multistep solver with one network call for each noise level.
protocol SolverMethod: SamplingMethod {
  var grid: SolverGrid { get }
}

extension SolverMethod {
  var timesteps: [Float] { grid.timesteps }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor { grid.noised(sample, noise, call: call) }
}

/// A method in the variance-exploding form with one network call for each noise level.
protocol EulerMethod: SamplingMethod {
  var grid: EulerGrid { get }
}

extension EulerMethod {
  var timesteps: [Float] { grid.timesteps }
  var initialNoiseScale: Float { grid.initialNoiseScale }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor { grid.noised(sample, noise, call: call) }

  func scaled(_ sample: Tensor, call: Int) -> Tensor { grid.scaled(sample, call: call) }
}

/// Σ cᵢ · xᵢ over tensors of one shape, added from left to right for each element, so that an image's bits do not
/// depend on the others in its batch.
func linearCombination(_ terms: (factor: Float, tensor: Tensor)...) -> Tensor { .linearCombination(terms) }
