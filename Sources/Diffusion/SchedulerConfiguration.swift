import Files
package import Vocabulary

/// A model's `scheduler_config.json`, as diffusers writes it.
///
/// Every key is optional, because the file names one scheduler class but any sampler may read it. As in `from_config`
/// of diffusers, the file's keys take precedence, missing keys take the default of the sampler's own class, and keys
/// that this class does not define are ignored. Keys that no class defines are refused.
package struct SchedulerConfiguration: Codable, Equatable, Sendable {
  /// The class that wrote the file.
  package var className: String?
  package var numTrainTimesteps: Int?
  package var betaStart: Double?
  package var betaEnd: Double?
  package var betaSchedule: BetaSchedule?
  package var trainedBetas: [Double]?
  package var rescaleBetasZeroSNR: Bool?
  package var predictionType: PredictionType?
  package var timestepSpacing: TimestepSpacing?
  package var stepsOffset: Int?
  package var setAlphaToOne: Bool?
  package var clipSample: Bool?
  package var clipSampleRange: Double?
  package var thresholding: Bool?
  package var skipPRKSteps: Bool?
  package var useKarrasSigmas: Bool?
  package var sigmaMin: Double?
  package var sigmaMax: Double?
  package var finalSigma: FinalSigma?
  package var solverOrder: Int?
  package var solverType: SolverType?
  package var algorithmType: AlgorithmType?
  package var lowerOrderFinal: Bool?
  package var eulerAtFinal: Bool?
  package var lambdaMinClipped: Double?
  package var predictX0: Bool?
  package var disableCorrector: [Int]?
  package var varianceType: String?
  package var originalInferenceSteps: Int?
  package var timestepScaling: Double?
  package var interpolationType: String?
  package var timestepType: String?
  package var useExponentialSigmas: Bool?
  package var useBetaSigmas: Bool?
  package var useLuLambdas: Bool?
  package var useFlowSigmas: Bool?
  package var useDynamicShifting: Bool?
  package var noiseSamplerSeed: Int?
  /// Keys with values that no sampler here supports; they only block the samplers that read them.
  var unusable: [CodingKeys: SamplerError] = [:]

  enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case numTrainTimesteps = "num_train_timesteps"
    case betaStart = "beta_start"
    case betaEnd = "beta_end"
    case betaSchedule = "beta_schedule"
    case trainedBetas = "trained_betas"
    case rescaleBetasZeroSNR = "rescale_betas_zero_snr"
    case predictionType = "prediction_type"
    case timestepSpacing = "timestep_spacing"
    case stepsOffset = "steps_offset"
    case setAlphaToOne = "set_alpha_to_one"
    case clipSample = "clip_sample"
    case clipSampleRange = "clip_sample_range"
    case thresholding
    case skipPRKSteps = "skip_prk_steps"
    case useKarrasSigmas = "use_karras_sigmas"
    case sigmaMin = "sigma_min"
    case sigmaMax = "sigma_max"
    case finalSigma = "final_sigmas_type"
    case solverOrder = "solver_order"
    case solverType = "solver_type"
    case algorithmType = "algorithm_type"
    case lowerOrderFinal = "lower_order_final"
    case eulerAtFinal = "euler_at_final"
    case lambdaMinClipped = "lambda_min_clipped"
    case predictX0 = "predict_x0"
    case disableCorrector = "disable_corrector"
    case varianceType = "variance_type"
    case originalInferenceSteps = "original_inference_steps"
    case timestepScaling = "timestep_scaling"
    case interpolationType = "interpolation_type"
    case timestepType = "timestep_type"
    case useExponentialSigmas = "use_exponential_sigmas"
    case useBetaSigmas = "use_beta_sigmas"
    case useLuLambdas = "use_lu_lambdas"
    case useFlowSigmas = "use_flow_sigmas"
    case useDynamicShifting = "use_dynamic_shifting"
    case noiseSamplerSeed = "noise_sampler_seed"
  }

  /// A configuration without any key: each sampler uses its own defaults.
  package init() {}
}
