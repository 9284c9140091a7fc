import Diffusion
import Files
import Foundation
import Testing
import Vocabulary

struct SchedulerConfigurationTests {
  private func read(_ json: String) throws -> SchedulerConfiguration {
    try SchedulerConfiguration(json: Data(json.utf8))
  }

  @Test func readsTheShippedModelsConfiguration() throws {
    let configuration = try tinyConfiguration()
    #expect(configuration.betaSchedule == .scaledLinear)
    #expect(configuration.stepsOffset == 1)
    #expect(configuration.skipPRKSteps == true)
    #expect(configuration.timestepSpacing == nil)
    #expect(configuration.trainedBetas == nil)
  }

  @Test func readsThePythonSpellingOfInfinity() throws {
    #expect(try read(#"{"lambda_min_clipped": -Infinity}"#).lambdaMinClipped == nil)
    #expect(try read(#"{"lambda_min_clipped": -5.1}"#).lambdaMinClipped == -5.1)
  }

  /// In keys, in values, between them, and cut inside of a character.
  @Test(arguments: [
    [0x7b, 0x22, 0xff, 0xff, 0x22, 0x3a, 0x31, 0x7d], [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d],
    [0x7b, 0xff, 0x7d], [0x7b, 0x22, 0xe2, 0x82], [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00],
  ])
  func bytesThatAreNotTextAreRefused(_ bytes: [UInt8]) {
    let error = #expect(throws: SamplerError.self) { try SchedulerConfiguration(json: Data(bytes)) }
    #expect(error?.message == "scheduler_config.json: is not UTF-8 text: copy the file again")
  }

  @Test func survivesARoundTrip() throws {
    let configuration = try read(#"{"beta_start": 0.001, "prediction_type": "v_prediction", "disable_corrector": [0]}"#)
    #expect(try SchedulerConfiguration(json: try JSONEncoder().encode(configuration)) == configuration)
  }

  @Test func namesAnUnknownValueAndTheKnownOnes() throws {
    let configuration = try read(#"{"timestep_spacing": "quadratic"}"#)
    let error = #expect(throws: SamplerError.self) { try Sampler(.ddim, configuration: configuration, steps: 20) }
    #expect(error?.code == .unknownValue)
    #expect(
      error?.message
        == #"scheduler_config.json: timestep_spacing is "quadratic"; known values: linspace, leading, trailing"#
    )
  }

  @Test(arguments: [
    (#"{"final_sigmas_type": "unknown"}"#, SamplerName.euler, SamplerName.ddim),
    (#"{"solver_type": "logrho2"}"#, .unipc, .euler), (#"{"algorithm_type": "sa"}"#, .dpmpp2m, .unipc),
    (#"{"solver_order": null}"#, .unipc, .pndm), (#"{"clip_sample_range": null}"#, .ddim, .euler),
    (#"{"variance_type": "learned_range"}"#, .dpmpp2m, .unipc),
  ])
  func aValueBlocksOnlyTheSamplersThatReadIt(_ json: String, _ reader: SamplerName, _ other: SamplerName) throws {
    let configuration = try read(json.replacing("{", with: #"{"skip_prk_steps": true, "#))
    #expect(throws: SamplerError.self) { try Sampler(reader, configuration: configuration, steps: 20) }
    _ = try Sampler(other, configuration: configuration, steps: 20)
  }

  @Test func nullIsFalseForAFlagAndNoValueElsewhere() throws {
    let configuration = try read(#"{"clip_sample": null, "set_alpha_to_one": null, "trained_betas": null}"#)
    #expect(configuration.clipSample == false && configuration.setAlphaToOne == false)
    _ = try Sampler(.ddim, configuration: configuration, steps: 20)
    let broken = try read(#"{"beta_schedule": null}"#)
    let error = #expect(throws: SamplerError.self) { try Sampler(.ddim, configuration: broken, steps: 20) }
    #expect(error?.message.contains("beta_schedule is null") == true)
  }

  @Test func anUnknownKeyIsRefusedByName() throws {
    let error = #expect(throws: SamplerError.self) { try read(#"{"made_up": 1.5}"#) }
    #expect(error?.message.contains("key 'made_up' is 1.5") == true, "\(String(describing: error))")
    _ = try read(#"{"_made_up": 1, "made_up": null, "shift": 1.0, "sample_max_value": 1.0, "solver_p": null}"#)
  }

  @Test(arguments: ["FlowMatchEulerDiscreteScheduler", "EDMEulerScheduler", "UnCLIPScheduler", "NewScheduler"])
  func classesOfOtherFamiliesAreRefused(_ name: String) {
    let error = #expect(throws: SamplerError.self) { try read("{\"_class_name\": \"\(name)\", \"shift\": 3.0}") }
    #expect(error?.message.contains(name) == true)
  }

  @Test func theClassIsTheDefaultSampler() throws {
    let karras = try read(#"{"use_karras_sigmas": true}"#)
    let stochastic = try read(#"{"algorithm_type": "sde-dpmsolver++"}"#)
    #expect(try SchedulerClass.sampler(of: "DPMSolverMultistepScheduler", karras) == .dpmpp2mKarras)
    #expect(try SchedulerClass.sampler(of: "DPMSolverMultistepScheduler", stochastic) == .dpmpp2mSDE)
    #expect(try SchedulerClass.sampler(of: "PNDMScheduler", karras) == .pndm)
    #expect(try SchedulerClass.sampler(of: "KDPM2DiscreteScheduler", karras) == nil)
    #expect(try SchedulerClass.sampler(of: "DPMSolverSinglestepScheduler", stochastic) == .dpmppSDE)
    #expect(try SchedulerClass.sampler(of: "DPMSolverSinglestepScheduler", karras) == nil)
  }

  @Test func outdatedValuesAreCorrectedAndMissingOnesAreNot() throws {
    let outdated = try read(#"{"steps_offset": 0, "clip_sample": true}"#).corrected
    #expect(outdated.stepsOffset == 1 && outdated.clipSample == false)
    let missing = try read("{}").corrected
    #expect(missing.stepsOffset == nil && missing.clipSample == nil)
  }

  /// diffusers' pipeline also corrects defaults of the class, but exchanging the scheduler drops them again.
  @Test func theModelsOwnSchedulerIsCorrectedWhereItsFileIsSilent() throws {
    let missing = try read("{}").corrected
    #expect(missing.completed.stepsOffset == 1 && missing.completed.clipSample == false)
    #expect(missing.isIncomplete(for: .ddim) && missing.isIncomplete(for: .pndm))
    let unclipped = try read(#"{"steps_offset": 1}"#).corrected
    #expect(unclipped.isIncomplete(for: .ddim) && unclipped.isIncomplete(for: .ddpm))
    #expect(!unclipped.isIncomplete(for: .pndm) && !unclipped.isIncomplete(for: .euler))
    #expect(try !read(#"{"steps_offset": 0, "clip_sample": true}"#).corrected.isIncomplete(for: .ddim))
  }

  @Test func namesAKeyOfTheWrongType() {
    let error = #expect(throws: SamplerError.self) { try read(#"{"steps_offset": "one"}"#) }
    #expect(error?.message == "scheduler_config.json: steps_offset is not of type Int")
    #expect(throws: SamplerError.self) { try read("{") }
    #expect(throws: SamplerError.self) { try read("[]") }
  }

  @Test(arguments: [
    (SamplerName.ddim, #"{"thresholding": true}"#, "thresholding"),
    (.unipc, #"{"thresholding": true}"#, "thresholding"),
    (.dpmpp2m, #"{"algorithm_type": "sde-dpmsolver++"}"#, "algorithm_type"),
    (.dpmpp2m, #"{"solver_order": 4}"#, "solver_order"),
    (.dpmppSDE, #"{"solver_order": 3}"#, "solver_order"),
    (.dpmpp2m, #"{"use_lu_lambdas": true}"#, "use_lu_lambdas"),
    (.dpmpp2m, #"{"variance_type": "learned_range"}"#, "variance_type"),
    (.euler, #"{"interpolation_type": "cubic"}"#, "interpolation_type"),
    (
      .euler, #"{"use_exponential_sigmas": true, "use_beta_sigmas": true}"#,
      "use_exponential_sigmas and use_beta_sigmas"
    ),
    (.dpmpp2mKarras, #"{"use_beta_sigmas": true}"#, "use_karras_sigmas and use_beta_sigmas"),
    (.dpmpp2m, #"{"algorithm_type": "sde-dpmsolver++"}"#, "by the sampler dpmpp-2m-sde"),
    (.dpmpp2mSDE, #"{"solver_order": 0}"#, "solver_order"),
    (
      .dpmpp2m,
      #"{"lower_order_final": false, "solver_order": 3, "final_sigmas_type": "sigma_min", "use_karras_sigmas": true}"#,
      "solver_order 3"
    ),
    (.dpmppSDE, #"{"variance_type": "learned"}"#, "variance_type"),
    (.dpmppSDE, #"{"use_flow_sigmas": true}"#, "use_flow_sigmas"),
    (.deis, #"{"algorithm_type": "sde-dpmsolver"}"#, "algorithm_type"),
    (.deis, #"{"solver_order": 4}"#, "solver_order"),
    (.ddpm, #"{"variance_type": "learned_range"}"#, "variance_type"),
    (.ddpm, #"{"variance_type": "fixed_large_log"}"#, "variance_type"),
    (.ddpm, #"{"thresholding": true}"#, "thresholding"),
    (.lcm, #"{"thresholding": true}"#, "thresholding"),
    (.lcm, #"{"original_inference_steps": 10}"#, "at most 10"),
    (.lcm, #"{"original_inference_steps": 0}"#, "original_inference_steps"),
    (.tcd, #"{"original_inference_steps": 1001}"#, "original_inference_steps"),
    (.lcm, #"{"timestep_scaling": NaN}"#, "timestep_scaling"),
    (.lcm, #"{"rescale_betas_zero_snr": true}"#, "rescale_betas_zero_snr"),
    (.heun, #"{"use_karras_sigmas": true, "use_beta_sigmas": true}"#, "use_beta_sigmas"),
    (.unipc, #"{"predict_x0": false}"#, "predict_x0 false needs final_sigmas_type sigma_min"),
    (.unipc, #"{"solver_type": "bh1"}"#, "bh1 needs final_sigmas_type sigma_min"),
    (.unipc, #"{"solver_order": 4}"#, "solver_order"),
    (.unipc, #"{"lower_order_final": false}"#, "lower_order_final false needs final_sigmas_type sigma_min"),
    (
      .unipc,
      #"{"lower_order_final": false, "solver_order": 3, "final_sigmas_type": "sigma_min", "use_karras_sigmas": true}"#,
      "solver_order 3"
    ),
    (.pndm, #"{"prediction_type": "sample"}"#, "prediction_type"),
    (.pndm, #"{"num_train_timesteps": 20, "steps_offset": 3, "skip_prk_steps": true}"#, "steps_offset"),
    (.euler, #"{"beta_start": 0.2, "beta_end": 0.1}"#, "beta_start"),
    (.euler, #"{"num_train_timesteps": 1000000000}"#, "num_train_timesteps"),
    (.euler, #"{"num_train_timesteps": 0}"#, "num_train_timesteps"),
    (.euler, #"{"steps_offset": 9223372036854775807}"#, "steps_offset"),
    (.euler, #"{"steps_offset": -1}"#, "steps_offset"),
    (.euler, #"{"use_karras_sigmas": true, "sigma_min": NaN}"#, "sigma_min"),
    (.euler, #"{"use_karras_sigmas": true, "sigma_min": 2, "sigma_max": 1}"#, "sigma_max"),
    (.euler, #"{"beta_start": NaN}"#, "beta_start"),
    (.dpmpp2m, #"{"lambda_min_clipped": NaN}"#, "lambda_min_clipped"),
    (.ddim, #"{"clip_sample_range": -1}"#, "clip_sample_range"),
    (.euler, #"{"trained_betas": [0.1, 0.2]}"#, "trained_betas"),
  ])
  func saysWhatASamplerCannotDo(_ name: SamplerName, _ json: String, _ key: String) throws {
    let configuration = try read(json)
    let error = #expect(throws: SamplerError.self) { try Sampler(name, configuration: configuration, steps: 20) }
    #expect(error?.message.contains(key) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (SamplerName.dpmpp2m, #"{"variance_type": "fixed_small"}"#), (.dpmpp2m, #"{"algorithm_type": "deis"}"#),
    (.dpmppSDE, #"{"algorithm_type": "dpmsolver", "timestep_spacing": "trailing"}"#),
    (.deis, #"{"final_sigmas_type": "zero", "use_lu_lambdas": true}"#), (.tcd, #"{"thresholding": true}"#),
    (.euler, #"{"timestep_type": "continuous"}"#), (.heun, #"{"rescale_betas_zero_snr": true}"#),
  ])
  func acceptsValuesThatChangeNothing(_ name: SamplerName, _ json: String) throws {
    let plain = try Sampler(name, configuration: SchedulerConfiguration(), steps: 7)
    let sampler = try Sampler(name, configuration: try read(json), steps: 7)
    #expect(sampler.timesteps == plain.timesteps)
    #expect(sampler.initialNoiseScale == plain.initialNoiseScale)
  }

  @Test func ignoresKeysThatTheSamplersClassDoesNotKnow() throws {
    let plain = try read(#"{"skip_prk_steps": true}"#)
    let extra = try read(#"{"skip_prk_steps": true, "thresholding": true, "solver_order": 7}"#)
    let expected = try Sampler(.pndm, configuration: plain, steps: 10).timesteps
    #expect(try Sampler(.pndm, configuration: extra, steps: 10).timesteps == expected)
  }
}
