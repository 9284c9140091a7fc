import Vocabulary

extension TimestepSpacing {
  /// The timesteps of a one-step sampler, descending; those of `linspace` are not rounded.
  ///
  /// - Parameters:
  ///   - trained: the number of trained timesteps.
  ///   - offset: `steps_offset`, which only `leading` uses.
  func timesteps(steps: Int, trained: Int, offset: Int) -> [Double] {
    switch self {
    case .linspace: Self.evenlySpaced(to: trained - 1, count: steps).reversed()
    case .leading: (0..<steps).reversed().map { Double($0 * (trained / steps) + offset) }
    case .trailing: Self.trailing(from: trained, step: Double(trained) / Double(steps), limit: steps)
    }
  }

  /// The timesteps of a multistep solver, descending: `linspace` and `leading` divide the range into one additional
  /// part and skip the last.
  ///
  /// - Parameter last: the end of the range, exclusive; equal to `trained` unless noise levels are skipped.
  func solverTimesteps(steps: Int, last: Int, trained: Int, offset: Int) -> [Double] {
    switch self {
    case .linspace:
      Self.evenlySpaced(to: last - 1, count: steps + 1).dropFirst().reversed().map { $0.rounded(.toNearestOrEven) }
    case .leading: (1...steps).reversed().map { Double($0 * (last / (steps + 1)) + offset) }
    case .trailing: Self.trailing(from: last, step: Double(trained) / Double(steps), limit: steps)
    }
  }

  /// `numpy.linspace(0, end, count)`.
  private static func evenlySpaced(to end: Int, count: Int) -> [Double] {
    guard count > 1 else { return [0] }
    let step = Double(end) / Double(count - 1)
    return (0..<count).map { $0 == count - 1 ? Double(end) : Double($0) * step }
  }

  /// `numpy.arange(start, 0, -step)`, rounded, minus 1. Rounding errors can produce an additional value of −1, which is
  /// not a timestep; `limit` removes it.
  private static func trailing(from start: Int, step: Double, limit: Int) -> [Double] {
    let start = Double(start)
    let stride = (start - step) - start
    return (0..<limit).map { start + Double($0) * stride }.filter { $0 > 0 }
      .map { $0.rounded(.toNearestOrEven) - 1 }
  }
}
