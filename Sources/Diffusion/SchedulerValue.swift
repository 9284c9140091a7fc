import Files
import Vocabulary

/// A value of `scheduler_config.json` that is one of several strings.
protocol SchedulerValue: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {}

extension SchedulerValue {
  /// - Throws: `SamplerError` naming the key, the unknown value and the known ones.
  static func check(_ text: String, of key: String) throws {
    guard Self(rawValue: text) == nil else { return }
    let known = allCases.map(\.rawValue).joined(separator: ", ")
    throw SamplerError(.unknownValue, "scheduler_config.json: \(key) is \"\(text)\"; known values: \(known)")
  }
}

extension TimestepSpacing: SchedulerValue {}

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
