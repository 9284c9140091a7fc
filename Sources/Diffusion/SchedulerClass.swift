import Files
package import Vocabulary

/// What the classes of schedulers in diffusers mean for a model: the sampler that a class is, or the family of models
/// that needs it.
package enum SchedulerClass {
  /// The sampler that a class with this configuration is; nil if no sampler here corresponds to it, although it uses the
  /// same noise schedules.
  ///
  /// - Throws: `SamplerError` if models with this class are of another family, or the class is unknown.
  package static func sampler(of name: String, _ configuration: SchedulerConfiguration) throws -> SamplerName? {
    try check(name)
    if name == "DPMSolverSinglestepScheduler", configuration.algorithmType == .stochasticDPMSolverPlusPlus {
      return .dpmppSDE
    }
    guard let sampler = samplers[name] else { return nil }
    guard sampler == .dpmpp2m else { return sampler }
    if configuration.algorithmType == .stochasticDPMSolverPlusPlus { return .dpmpp2mSDE }
    return configuration.useKarrasSigmas ?? false ? .dpmpp2mKarras : .dpmpp2m
  }

  /// - Throws: `SamplerError` if models with this class are of another family, or the class is unknown.
  package static func check(_ name: String) throws {
    guard samplers[name] == nil, !unsupported.contains(name) else { return }
    let family = families.first { name.hasPrefix($0.prefix) }?.family
    throw SamplerError(
      .unsupported,
      family.map {
        "the scheduler's class is \(name), which belongs to \($0); Stable Diffusion 1.x and 2.x have another"
      }
        ?? "the scheduler's class is \(name), which is unknown here: give the model a scheduler of Stable Diffusion, such as PNDMScheduler"
    )
  }

  private static let samplers: [String: SamplerName] = [
    "PNDMScheduler": .pndm, "DDIMScheduler": .ddim, "DDIMParallelScheduler": .ddim, "DDPMScheduler": .ddpm,
    "DDPMParallelScheduler": .ddpm, "EulerDiscreteScheduler": .euler,
    "EulerAncestralDiscreteScheduler": .eulerAncestral, "DPMSolverMultistepScheduler": .dpmpp2m,
    "DPMSolverSDEScheduler": .dpmppSDE, "UniPCMultistepScheduler": .unipc, "LCMScheduler": .lcm, "TCDScheduler": .tcd,
    "HeunDiscreteScheduler": .heun, "DEISMultistepScheduler": .deis, "LMSDiscreteScheduler": .lms,
  ]

  /// Classes for the noise schedules of Stable Diffusion without a sampler here.
  private static let unsupported: Set<String> = [
    "DPMSolverSinglestepScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "IPNDMScheduler",
    "SASolverScheduler", "DDIMInverseScheduler", "DPMSolverMultistepInverseScheduler", "RePaintScheduler",
  ]

  private static let families: [(prefix: String, family: String)] = [
    ("FlowMatch", "flow matching (SD 3, Flux, InstaFlow and later models)"),
    ("FlowMap", "flow maps"), ("RectifiedFlow", "flow matching (InstaFlow)"), ("Piflow", "flow matching"),
    ("LTX", "flow matching (LTX-Video)"), ("Helios", "flow matching"), ("MiniMax", "flow matching"),
    ("EDM", "EDM's noise levels (Playground 2.5)"), ("CosineDPMSolver", "Stable Audio"),
    ("CMStochasticIterative", "consistency models on pixels"), ("ConsistencyDecoder", "the consistency decoder"),
    ("UnCLIP", "unCLIP (Karlo, Kandinsky)"), ("DDPMWuerstchen", "Würstchen and Stable Cascade"),
    ("CogVideoX", "CogVideoX"), ("SCM", "Sana-Sprint"), ("ScoreSde", "score-based models on pixels"),
    ("VQDiffusion", "VQ-Diffusion"), ("Amused", "Amused"), ("KarrasVe", "models on pixels"),
    ("BlockRefinement", "discrete diffusion"), ("DiscreteDDIM", "discrete diffusion"),
    ("EntropyBound", "discrete diffusion"), ("RFD4", "protein models"),
  ]
}
