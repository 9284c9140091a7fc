import Checkpoints
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// The YAML beside a checkpoint says what no tensor shows, and has to agree with what they show.
struct CheckpointYAMLTests {
  /// Opens a checkpoint with a YAML beside it.
  private func open(
    _ family: SampleModel.Family, _ yaml: String, in home: String, as name: String = "yaml"
  ) throws -> BaseModel {
    let path = "\(home)/model.safetensors"
    try TensorContainer.safetensors.write(SampleModel(family).checkpoint(as: .f16), to: path)
    try Data(yaml.utf8).write(to: URL(filePath: "\(home)/model.\(name)"))
    return try BaseModel(path)
  }

  private static func parameters(_ lines: String...) -> String {
    "model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n"
      + lines.map { "    \($0)\n" }.joined()
  }

  @Test(arguments: ["yaml", "yml"]) func itDecidesWhatIsPredicted(_ name: String) async throws {
    let ordinary = ["linear_start: 0.00085", "linear_end: 0.0120", "timesteps: 1000"].map { "    \($0)\n" }.joined()
    for (family, line, side) in [
      (SampleModel.Family.first, "parameterization: \"v\"", 512), (.second, "parameterization: \"v\"", 768),
      (.second, "first_stage_key: jpg", 512), (.second, "parameterization: eps", 512),
    ] {
      try await TestFolder.with { home in
        let model = try open(family, Self.parameters(line) + ordinary, in: home, as: name)
        #expect(model.defaults.width == side && model.defaults.height == side)
        #expect(model.defaults.sampler == (line.contains("v\"") ? .ddim : .pndm))
        #expect(model.notes.isEmpty)
        // It determines images, so it is one of the model's files.
        #expect(try model.files() == ["model.safetensors", "model.\(name)"])
      }
    }
  }

  @Test func itGivesHeadsScaleAndLayer() async throws {
    try await TestFolder.with { home in
      let yaml = Self.parameters(
        "scale_factor: 0.5", "unet_config:", "  params: {num_heads: 4, context_dim: 64, num_head_channels: -1}",
        "cond_stage_config: {params: {layer: last}}")
      let model = try open(.second, yaml, in: home)
      #expect(model.vae.scalingFactor == 0.5)
      #expect("\(model.unet)".contains("heads: [4, 4, 4, 4]"), "\(model.unet)")
      let names = try model.weights(.textEncoder).names
      #expect(names.contains { $0.contains("encoder.layers.2.") } && !names.contains { $0.contains("layers.3.") })
    }
    try await TestFolder.with { home in
      let yaml = Self.parameters(
        "unet_config: {params: {num_head_channels: 32}}", "cond_stage_config: {params: {layer: penultimate}}")
      let model = try open(.second, yaml, in: home)
      #expect("\(model.unet)".contains("heads: [2, 2, 4, 4]"), "\(model.unet)")
      #expect(!(try model.weights(.textEncoder).names.contains { $0.contains("encoder.layers.2.") }))
    }
  }

  @Test(arguments: [
    ("a: [", "is not YAML"), ("model: {}", "has no model.params"), ("- 1", "has no model.params"),
    ("", "has no model.params"), ("model:\n  params: 3", "has no model.params"),
    (parameters("parameterization: x0"), "model.params.parameterization is 'x0', which is not supported"),
    (parameters("parameterization: [v]"), "model.params.parameterization must be one value"),
    (parameters("beta_schedule: cosine"), "model.params.beta_schedule is 'cosine'"),
    (parameters("timesteps: many"), "model.params.timesteps must be a whole number"),
    (parameters("timesteps: 99999999999999999999"), "model.params.timesteps must be a whole number"),
    (parameters("scale_factor: .nan"), "model.params.scale_factor must be a number above 0"),
    (parameters("scale_factor: -1"), "model.params.scale_factor must be a number above 0"),
    (parameters("linear_end: 1e999"), "model.params.linear_end must be a number above 0"),
    (
      parameters("unet_config: {params: {num_head_channels: 48}}"),
      "model.params.unet_config.params.num_head_channels is '48'"
    ),
    (
      parameters("unet_config: {params: {context_dim: 768}}"),
      "model.params.unet_config.params.context_dim is 768, but the checkpoint beside it has 64"
    ),
    (
      parameters("unet_config: {params: {in_channels: 9}}"),
      "model.params.unet_config.params.in_channels is 9, but the checkpoint beside it has 4"
    ),
    (
      parameters("cond_stage_config: {params: {layer: first}}"),
      "model.params.cond_stage_config.params.layer is 'first'"
    ),
  ])
  func whatItCannotMeanIsRefused(_ yaml: String, _ message: String) async throws {
    try await TestFolder.with { home in
      let error = #expect(throws: CheckpointError.self) { try open(.second, yaml, in: home) }
      #expect(error?.file == "\(home)/model.yaml", "\(String(describing: error))")
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }
}
