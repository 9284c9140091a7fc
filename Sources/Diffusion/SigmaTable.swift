import Foundation

/// Noise levels in the variance-exploding form, interpolated as in diffusers.
struct SigmaTable: Sendable {
  /// σ of each trained timestep, ascending.
  private let trained: [Float]
  private let logarithms: [Float]

  init(_ schedule: NoiseSchedule) {
    trained = schedule.sigmas
    logarithms = trained.map { log($0) }
  }

  /// The smallest trained noise level.
  var smallest: Float { trained[0] }
  /// The largest trained noise level.
  var largest: Float { trained[trained.count - 1] }

  /// `numpy.interp` over the trained timesteps, clamped to the first and last levels.
  func sigma(at timestep: Double) -> Double {
    guard timestep > 0 else { return Double(trained[0]) }
    let index = Int(timestep)
    guard index < trained.count - 1 else { return Double(largest) }
    let (low, high) = (Double(trained[index]), Double(trained[index + 1]))
    return (high - low) * (timestep - Double(index)) + low
  }

  /// The timestep of a noise level, interpolated between trained timesteps by the level's logarithm.
  func timestep(of sigma: Double) -> Double {
    let value = log(max(sigma, 1e-10))
    let above = logarithms.firstIndex { Double($0) > value } ?? logarithms.count
    let low = min(max(above - 1, 0), logarithms.count - 2)
    let weight = (Double(logarithms[low]) - value) / Double(logarithms[low] - logarithms[low + 1])
    let clipped = min(max(weight, 0), 1)
    return (1 - clipped) * Double(low) + clipped * Double(low + 1)
  }
}
