import Checkpoints
import Files
import Foundation
import Loaders
import TestSupport
import Testing

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
}
