/// The samplers, by their names in commands and files.
package enum SamplerName: String, CaseIterable, Codable, Hashable, Sendable {
  case ddim, pndm, euler, unipc
  case eulerAncestral = "euler-ancestral"
  case dpmpp2m = "dpmpp-2m"
  case dpmpp2mKarras = "dpmpp-2m-karras"
  case ddpm, deis, heun, lms, lcm, tcd
  case dpmpp2mSDE = "dpmpp-2m-sde"
  case dpmppSDE = "dpmpp-sde"

  /// Network calls of most steps: heun corrects each step but the last by a second call.
  package var callsPerStep: Int { self == .heun ? 2 : 1 }

  /// Network calls of a run, with most models.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - strength: the part of the steps that a run from a picture makes, up to 1.
  package func usualCalls(steps: Int, strength: Double) -> Int {
    let remaining = min(Int(Double(steps) * strength), steps)
    return switch self {
    case .heun: max(2 * remaining - 1, 0)
    case .pndm where steps > 1: remaining + 1
    default: remaining
    }
  }

  /// Whether η says how much noise a step adds.
  package var takesEta: Bool { [.ddim, .tcd].contains(self) }

  /// Whether the timesteps can be selected in several ways.
  package var takesTimestepSpacing: Bool { ![.lcm, .tcd, .dpmppSDE, .dpmpp2mKarras].contains(self) }

  /// The sampler's name in AUTOMATIC1111's web UI.
  package var webName: String {
    switch self {
    case .ddim: "DDIM"
    case .pndm: "PLMS"
    case .euler: "Euler"
    case .eulerAncestral: "Euler a"
    case .dpmpp2m: "DPM++ 2M"
    case .dpmpp2mKarras: "DPM++ 2M Karras"
    case .unipc: "UniPC"
    case .ddpm: "DDPM"
    case .deis: "DEIS"
    case .heun: "Heun"
    case .lms: "LMS"
    case .lcm: "LCM"
    case .tcd: "TCD"
    case .dpmpp2mSDE: "DPM++ 2M SDE"
    case .dpmppSDE: "DPM++ SDE"
    }
  }
}
