import Checkpoints
import Files
import Foundation
import Loaders
import TestSupport
import Testing
import Vocabulary

struct BaseModelTests {
  @Test func aFolderInDiffusersLayoutIsRecognised() throws {
    let model = try BaseModel(SourceTree.tinyModel)
    #expect(model.path == SourceTree.tinyModel)
    #expect(model.multiple == 4)
    #expect(try model.weights(.unet).contains("conv_in.weight"))
  }

  /// The kinds of single-file checkpoints are told apart by the same channels.
  @Test(arguments: [
    ("in_channels", 5, "is a depth-to-image model, whose U-Net takes 5 channels instead of 4 latent ones"),
    ("in_channels", 7, "is an upscaling model"), ("in_channels", 8, "is an image-editing model (InstructPix2Pix)"),
    ("in_channels", 9, "is an inpainting model"), ("in_channels", 12, "is a model that is conditioned on a picture"),
    ("in_channels", 3, "has a U-Net that takes 3 channels, fewer than the 4 latent ones of its VAE"),
    ("out_channels", 8, "returns 8 channels instead of 4 latent ones, as models that learn the variance"),
  ])
  func relativesAreCalledWhatTheyAre(_ key: String, _ channels: Int, _ message: String) async throws {
    try await TestFolder.with { folder in
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: "\(folder)/model")
      let file = URL(filePath: "\(folder)/model/unet/config.json")
      let changed = try String(contentsOf: file, encoding: .utf8).replacing(
        "\"\(key)\" : 4", with: "\"\(key)\" : \(channels)")
      try Data(changed.utf8).write(to: file)
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(folder)/model") }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }

  /// As in files of the first versions: diffusers' pipeline corrects its scheduler, but not one that takes its place.
  @Test func aSchedulerWithoutTheCorrectedKeysIsTheModelsOwn() async throws {
    try await TestFolder.with { folder in
      let model = try Self.copy(in: folder)
      #expect(try !BaseModel(model).defaults.correctsScheduler)
      try Self.edit("\(model)/scheduler/scheduler_config.json") {
        $0["_class_name"] = "DDIMScheduler"
        $0["steps_offset"] = nil
        $0["clip_sample"] = nil
      }
      try Self.edit("\(model)/model_index.json") { $0["scheduler"] = ["diffusers", "DDIMScheduler"] }
      let defaults = try BaseModel(model).defaults
      #expect(defaults.sampler == .ddim && defaults.correctsScheduler)
      #expect(!SettingsOverride(sampler: .ddim).over(defaults).correctsScheduler)
    }
  }

  /// diffusers' `EMAModel` writes its state into the configuration of the averaged network.
  @Test(arguments: ["unet", "vae"])
  func whatTrainingScriptsAddToAConfigurationHasNoEffect(_ part: String) async throws {
    try await TestFolder.with { folder in
      let model = try Self.copy(in: folder)
      let file = "\(model)/\(part)/config.json"
      try Self.edit(file) {
        $0["decay"] = 0.9999
        $0["optimization_step"] = 1000
        $0["use_ema_warmup"] = false
        $0["torch_dtype"] = "float16"
      }
      _ = try BaseModel(model)
      try Self.edit(file) { $0["made_up"] = 1 }
      let error = #expect(throws: CheckpointError.self) { try BaseModel(model) }
      #expect(error?.message.contains("made_up") == true)
    }
  }

  /// The configurations of the shipped model, without its weights.
  private static func copy(in folder: String) throws -> String {
    let model = "\(folder)/model"
    for file in [
      "model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json",
      "scheduler/scheduler_config.json", "tokenizer/vocab.json",
    ] {
      let place = URL(filePath: "\(model)/\(file)")
      try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/\(file)", toPath: place.path)
    }
    return model
  }

  private static func edit(_ file: String, _ change: (inout [String: Any]) -> Void) throws {
    let place = URL(filePath: file)
    var values = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
    change(&values)
    try JSONSerialization.data(withJSONObject: values).write(to: place)
  }
}
