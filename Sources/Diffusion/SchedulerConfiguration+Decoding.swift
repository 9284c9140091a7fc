import Files
package import Foundation

extension SchedulerConfiguration {
  /// Reads the contents of a `scheduler_config.json`.
  ///
  /// - Throws: `SamplerError` naming the key and the problem.
  package init(json: Data) throws {
    // Foundation's JSON5 parser ends the process at bytes that are not UTF-8.
    guard String(validating: json, as: UTF8.self) != nil else {
      throw SamplerError(.malformed, "scheduler_config.json: is not UTF-8 text: copy the file again")
    }
    let decoder = JSONDecoder()
    // Python writes infinities without quotes, as in `"lambda_min_clipped": -Infinity`; JSON5 accepts them.
    decoder.allowsJSON5 = true
    do {
      self = try decoder.decode(Self.self, from: json)
    } catch let error as DecodingError {
      throw SamplerError(.malformed, "scheduler_config.json: \(Self.explain(error))")
    }
    if lambdaMinClipped == -.infinity { lambdaMinClipped = nil }
  }

  package init(from decoder: any Decoder) throws {
    self.init()
    let file = try decoder.container(keyedBy: CodingKeys.self)
    className = try file.decodeIfPresent(String.self, forKey: .className)
    // A file of another family has keys of its own: the family says more.
    if let className { try SchedulerClass.check(className) }
    try Self.checkNames(decoder)
    func read<Value: Decodable>(_ property: WritableKeyPath<Self, Value?>, _ key: CodingKeys) throws {
      guard file.contains(key) else { return }
      if try file.decodeNil(forKey: key) {
        // In Python, null counts as false.
        if let flag = property as? WritableKeyPath<Self, Bool?> {
          self[keyPath: flag] = false
        } else if !Self.nullable.contains(key) {
          unusable[key] = SamplerError(.malformed, "scheduler_config.json: \(key.rawValue) is null; remove the key")
        }
        return
      }
      do {
        if let names = Value.self as? any SchedulerValue.Type {
          try names.check(file.decode(String.self, forKey: key), of: key.rawValue)
        }
        self[keyPath: property] = try file.decode(Value.self, forKey: key)
      } catch let error as SamplerError {
        unusable[key] = error
      }
    }
    try read(\.numTrainTimesteps, .numTrainTimesteps)
    try read(\.betaStart, .betaStart)
    try read(\.betaEnd, .betaEnd)
    try read(\.betaSchedule, .betaSchedule)
    try read(\.trainedBetas, .trainedBetas)
    try read(\.rescaleBetasZeroSNR, .rescaleBetasZeroSNR)
    try read(\.predictionType, .predictionType)
    try read(\.timestepSpacing, .timestepSpacing)
    try read(\.stepsOffset, .stepsOffset)
    try read(\.setAlphaToOne, .setAlphaToOne)
    try read(\.clipSample, .clipSample)
    try read(\.clipSampleRange, .clipSampleRange)
    try read(\.thresholding, .thresholding)
    try read(\.skipPRKSteps, .skipPRKSteps)
    try read(\.useKarrasSigmas, .useKarrasSigmas)
    try read(\.sigmaMin, .sigmaMin)
    try read(\.sigmaMax, .sigmaMax)
    try read(\.finalSigma, .finalSigma)
    try read(\.solverOrder, .solverOrder)
    try read(\.solverType, .solverType)
    try read(\.algorithmType, .algorithmType)
    try read(\.lowerOrderFinal, .lowerOrderFinal)
    try read(\.eulerAtFinal, .eulerAtFinal)
    try read(\.lambdaMinClipped, .lambdaMinClipped)
    try read(\.predictX0, .predictX0)
    try read(\.disableCorrector, .disableCorrector)
    try read(\.varianceType, .varianceType)
    try read(\.originalInferenceSteps, .originalInferenceSteps)
    try read(\.timestepScaling, .timestepScaling)
    try read(\.interpolationType, .interpolationType)
    try read(\.timestepType, .timestepType)
    try read(\.useExponentialSigmas, .useExponentialSigmas)
    try read(\.useBetaSigmas, .useBetaSigmas)
    try read(\.useLuLambdas, .useLuLambdas)
    try read(\.useFlowSigmas, .useFlowSigmas)
    try read(\.useDynamicShifting, .useDynamicShifting)
    try read(\.noiseSamplerSeed, .noiseSamplerSeed)
  }

  /// Keys for which `null` means that there is no value.
  private static let nullable: Set<CodingKeys> = [
    .trainedBetas, .sigmaMin, .sigmaMax, .varianceType, .noiseSamplerSeed, .lambdaMinClipped, .disableCorrector,
  ]

  /// Keys of diffusers' schedulers that no sampler here reads, because they only matter together with features that are
  /// refused (dynamic thresholding, flow matching) or in classes without a sampler.
  private static let withoutEffect: Set<String> = [
    "dynamic_thresholding_ratio", "sample_max_value", "flow_shift", "time_shift_type", "shift_terminal", "solver_p",
    "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "shift", "eta", "rho", "sigma_data",
    "sigma_schedule", "s_noise", "predictor_order", "corrector_order", "tau_func", "clip_sample_value",
    "set_alpha_to_zero", "snr_shift_scale", "tensor_format",
  ]

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// - Throws: `SamplerError` naming a key that no scheduler of diffusers has, unless it is `null` or begins with `_`.
  private static func checkNames(_ decoder: any Decoder) throws {
    let file = try decoder.container(keyedBy: AnyKey.self)
    for key in file.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
      let name = key.stringValue
      guard !name.hasPrefix("_"), CodingKeys(rawValue: name) == nil, !withoutEffect.contains(name),
        try !file.decodeNil(forKey: key)
      else { continue }
      let word = try? file.decode(String.self, forKey: key)
      let flag = (try? file.decode(Bool.self, forKey: key)).map { "\($0)" }
      let number = (try? file.decode(Double.self, forKey: key)).map { "\($0)" }
      let value: String = word ?? flag ?? number ?? "a list or object"
      // Early versions described what the network predicts by a flag.
      if name == "predict_epsilon", value == "true" { continue }
      throw SamplerError(
        .unknownValue,
        "scheduler_config.json: key '\(name)' is \(value.prefix(60)), but no scheduler that is known here has such a key: remove it if the model does not need it"
      )
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      return key.isEmpty ? "is not a JSON object" : "\(key) is not of type \(type)"
    default:
      return "is not valid JSON"
    }
  }
}
