import Checkpoints
import Engine
import Files
import Foundation
import Imaging
import Scoring
import TestSupport
import Testing

/// Preprocessing against torchvision: `Tests/Fixtures/metrics/make_statistics.py`.
struct PreprocessingTests {
  private let fixture: [String: (shape: [Int], values: [Float])]

  init() throws { fixture = try golden("metrics/statistics.safetensors") }

  @Test(arguments: [31, 8]) func inceptionsInputIsInterpolatedAsInPyTorch(side: Int) throws {
    let picture = Pictures.bytes(try fixture.tensor("resize.picture"))
    let expected = try fixture.tensor("resize.\(side)")
    #expect(Comparison(picture.bilinear(side: side).values, expected.values).maximum < 1e-5)
  }

  @Test func resizingAndCroppingAgreesWithTorchvision() throws {
    var preprocessing = ImagePreprocessing.imageNet
    (preprocessing.resize, preprocessing.crop) = (.shortest(40), 33)
    let picture = Pictures.bytes(try fixture.tensor("crop.picture"))
    let expected = try fixture.tensor("crop.torchvision").values
    #expect(Comparison(preprocessing.tensor([picture]).values, expected).maximum < 1e-5)
  }

  @Test func clipPreprocessingAgreesWithTheReference() throws {
    let picture = Pictures.bytes(try fixture.tensor("crop.picture"))
    let preprocessing = try ImagePreprocessing(clip: nil, side: 32)
    let expected = try fixture.tensor("crop.clip").values
    #expect(Comparison(preprocessing.tensor([picture]).values, expected).maximum < 1e-5)
  }

  @Test(arguments: [
    (#"{"size": 32, "do_center_crop": false}"#, ImagePreprocessing.Resize.exact(32), nil),
    (#"{"size": {"height": 32, "width": 32}, "do_center_crop": false, "resample": 2}"#, .exact(32), nil),
    (#"{"size": {"shortest_edge": 40}, "crop_size": 32}"#, .shortest(40), 32),
    (#"{"size": 40, "crop_size": {"height": 32, "width": 32}}"#, .shortest(40), 32),
    (#"{}"#, .shortest(32), 32),
  ])
  func processorFilesAreRead(text: String, resize: ImagePreprocessing.Resize, crop: Int?) async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/preprocessor_config.json"
      try Data(text.utf8).write(to: URL(filePath: file))
      let preprocessing = try ImagePreprocessing(clip: file, side: 32)
      #expect(preprocessing.resize == resize && preprocessing.crop == crop && preprocessing.side == 32)
    }
  }

  @Test(arguments: [
    #"{"size": 48, "do_center_crop": false}"#, #"{"size": {"height": 32, "width": 48}}"#, #"{"resample": 0}"#,
    #"{"image_mean": [0.5]}"#, #"{"image_std": [0, 1, 1]}"#, #"{"crop_size": 24}"#, #"{"size": "large"}"#,
  ])
  func invalidProcessorFilesAreRefused(text: String) async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/preprocessor_config.json"
      try Data(text.utf8).write(to: URL(filePath: file))
      let error = #expect(throws: CheckpointError.self) { try ImagePreprocessing(clip: file, side: 32) }
      #expect(error?.file == file)
    }
  }
}
