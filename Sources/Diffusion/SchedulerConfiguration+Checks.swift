extension SchedulerConfiguration {
  /// Refuses what the sampler's class in diffusers knows and ours does not do; each argument names such a key.
  ///
  /// - Throws: `SamplerError` that names the key.
  func refuse(
    _ sampler: String, thresholding: Bool = false, sigmaTables: Bool = false, flow: Bool = false
  ) throws {
    var set: [String] = []
    if thresholding, self.thresholding ?? false { set.append("thresholding") }
    if sigmaTables, useExponentialSigmas ?? false { set.append("use_exponential_sigmas") }
    if sigmaTables, useBetaSigmas ?? false { set.append("use_beta_sigmas") }
    if flow, useLuLambdas ?? false { set.append("use_lu_lambdas") }
    if flow, useFlowSigmas ?? false { set.append("use_flow_sigmas") }
    if let key = set.first {
      throw SamplerError(
        .unsupported, "\(sampler): scheduler_config.json sets \(key), which is not supported; set it to false")
    }
  }
}

extension NoiseSchedule {
  /// - Throws: `SamplerError` where an offset moves a timestep out of the trained ones.
  func check(_ timesteps: [Int], steps: Int) throws {
    if let wrong = timesteps.first(where: { !alphas.indices.contains($0) }) {
      throw SamplerError(
        .steps,
        "\(steps) steps: timestep \(wrong) lies outside of the \(count) trained ones, because of steps_offset; "
          + "use fewer steps")
    }
  }
}
