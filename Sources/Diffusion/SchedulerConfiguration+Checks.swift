import Files

extension SchedulerConfiguration {
  /// Refuses numbers that do not form a valid schedule.
  ///
  /// - Returns: the number of trained timesteps.
  /// - Throws: `SamplerError` naming the key.
  func checkedTimesteps() throws -> Int {
    try checkSchedule()
    let count = numTrainTimesteps ?? 1000
    try check((2...100_000).contains(count), "num_train_timesteps is \(count), but must be from 2 to 100000")
    let offset = stepsOffset ?? 0
    try check((0...count).contains(offset), "steps_offset is \(offset), but must be from 0 to \(count)")
    let (smallest, largest) = (sigmaMin ?? .leastNonzeroMagnitude, sigmaMax ?? .greatestFiniteMagnitude)
    try check(
      smallest > 0 && smallest < largest && largest.isFinite, "sigma_min and sigma_max must rise above 0")
    try check((clipSampleRange ?? 1) > 0, "clip_sample_range must be above 0")
    try check(lambdaMinClipped?.isFinite ?? true, "lambda_min_clipped must be a number or -Infinity")
    return count
  }

  private func check(_ condition: Bool, _ message: String) throws {
    guard condition else { throw SamplerError(.malformed, "scheduler_config.json: \(message)") }
  }

  /// Refuses features that the sampler's class in diffusers supports and this sampler does not; each argument stands
  /// for the key of such a feature.
  ///
  /// - Throws: `SamplerError` naming the key.
  func refuse(
    _ sampler: String, thresholding: Bool = false, luLambdas: Bool = false, flow: Bool = false
  ) throws {
    var set: [String] = []
    if thresholding, self.thresholding ?? false { set.append("thresholding") }
    if luLambdas, useLuLambdas ?? false { set.append("use_lu_lambdas") }
    if flow, useFlowSigmas ?? false { set.append("use_flow_sigmas") }
    if flow, useDynamicShifting ?? false { set.append("use_dynamic_shifting") }
    if let key = set.first {
      throw SamplerError(
        .unsupported, "\(sampler): scheduler_config.json sets \(key), which is not supported; set it to false")
    }
  }
}

extension NoiseSchedule {
  /// - Throws: `SamplerError` if `steps_offset` moves a timestep beyond the trained ones.
  func check(_ timesteps: [Int], steps: Int) throws {
    if let wrong = timesteps.first(where: { !alphas.indices.contains($0) }) {
      throw SamplerError(
        .steps,
        "\(steps) steps: steps_offset moves timestep \(wrong) beyond the \(count) trained ones; "
          + "use fewer steps")
    }
  }
}
