import Files
package import Vocabulary

extension SchedulerConfiguration {
  /// Refuses values that the sampler's class in diffusers reads and that mean nothing here; the same values do not block
  /// samplers whose classes do not have the key.
  ///
  /// - Throws: `SamplerError` naming the key and the value.
  func checkValues(readBy name: SamplerName) throws { try checkValues(of: Self.keys(readBy: name)) }

  /// The same for the keys of the noise schedule, which everything reads.
  func checkSchedule() throws {
    try checkValues(of: [.numTrainTimesteps, .betaStart, .betaEnd, .betaSchedule, .predictionType])
  }

  private func checkValues(of read: Set<CodingKeys>) throws {
    let wrong = unusable.filter { read.contains($0.key) }.min { $0.key.rawValue < $1.key.rawValue }
    if let wrong { throw wrong.value }
  }

  /// The keys with which diffusers constructs the sampler's class, as far as `unusable` may hold them.
  private static func keys(readBy name: SamplerName) -> Set<CodingKeys> {
    let schedule: Set<CodingKeys> = [
      .numTrainTimesteps, .betaStart, .betaEnd, .betaSchedule, .predictionType, .timestepSpacing, .stepsOffset,
    ]
    let solver: Set<CodingKeys> = [.solverOrder, .solverType, .algorithmType, .finalSigma]
    return switch name {
    case .pndm, .eulerAncestral, .lms, .dpmppSDE: schedule
    case .ddim, .heun: schedule.union([.clipSampleRange])
    case .ddpm: schedule.union([.clipSampleRange, .varianceType])
    case .lcm, .tcd: schedule.union([.clipSampleRange, .originalInferenceSteps, .timestepScaling])
    case .euler: schedule.union([.interpolationType, .timestepType, .finalSigma])
    case .dpmpp2m, .dpmpp2mKarras, .dpmpp2mSDE: schedule.union(solver)
    case .deis: schedule.union([.solverOrder, .solverType, .algorithmType])
    case .unipc: schedule.union([.solverOrder, .solverType, .finalSigma])
    }
  }

  /// The configuration as the constructor of diffusers' `StableDiffusionPipeline` corrects that of its scheduler:
  /// timesteps of the first versions were off by one, and samples were clipped. A key that the file does not have keeps
  /// the default of the sampler's class, as when diffusers exchanges the scheduler of a pipeline; `completed` is the
  /// scheduler that was not exchanged.
  package var corrected: Self {
    var copy = self
    if stepsOffset != nil || unusable[.stepsOffset] != nil { copy.stepsOffset = 1 }
    copy.unusable[.stepsOffset] = nil
    if clipSample == true { copy.clipSample = false }
    return copy
  }

  /// The corrected configuration of the model's own scheduler, in which the corrections also replace the class's
  /// defaults for keys that the file does not have.
  package var completed: Self {
    var copy = corrected
    copy.stepsOffset = 1
    copy.clipSample = false
    return copy
  }

  /// Whether `sampler`, as the model's own scheduler, differs from the same sampler exchanged for another one.
  package func isIncomplete(for sampler: SamplerName) -> Bool {
    let clips = sampler == .ddim || sampler == .ddpm
    return stepsOffset == nil && unusable[.stepsOffset] == nil || clips && clipSample == nil
  }
}
