import Files

/// A value of `scheduler_config.json` that is one of several strings.
package protocol SchedulerValue: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {}

extension SchedulerValue {
  /// - Throws: `SamplerError` naming the key, the unknown value and the known ones.
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Self(rawValue: text) else {
      let key = decoder.codingPath.last?.stringValue ?? "a value"
      let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw SamplerError(.unknownValue, "scheduler_config.json: \(key) is \"\(text)\"; known values: \(known)")
    }
    self = value
  }
}

/// How the noise variance increases over the trained timesteps.
package enum BetaSchedule: String, SchedulerValue {
  case linear
  case scaledLinear = "scaled_linear"
  case squaredCosine = "squaredcos_cap_v2"
}

/// The quantity that the network predicts.
package enum PredictionType: String, SchedulerValue {
  case epsilon
  case velocity = "v_prediction"
  case sample
}

/// How a run selects its timesteps from the trained ones.
package enum TimestepSpacing: String, SchedulerValue {
  case linspace, leading, trailing
}

/// The noise level after the last step.
package enum FinalSigma: String, SchedulerValue {
  case zero
  case smallest = "sigma_min"
}

/// The update formula of a multistep solver. Each solver treats the other's names as its own default.
package enum SolverType: String, SchedulerValue {
  case midpoint, heun, logrho, bh1, bh2
}

/// The formulation of the integral that DPM-Solver approximates.
package enum AlgorithmType: String, SchedulerValue {
  case dpmSolver = "dpmsolver"
  case dpmSolverPlusPlus = "dpmsolver++"
  case stochasticDPMSolver = "sde-dpmsolver"
  case stochasticDPMSolverPlusPlus = "sde-dpmsolver++"
  case deis
}
