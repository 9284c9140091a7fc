import Engine
import Foundation
import Imaging
import TestSupport
import Testing
import Training
import Vocabulary

struct TensorCacheTests {
  private func pictures(_ level: UInt8) -> PictureSet {
    let image = RGBImage(width: 16, height: 16, filledWith: RGBColor(level, 0, 0))
    return PictureSet([Picture(image: image, emotion: 0, attributes: [])], size: 16)
  }

  @Test func tensorsAreRecomputedIfImagesNetworkOrFileChange() async throws {
    try await TestFolder.with { folder in
      let network = "\(folder)/network"
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/mapper", toPath: network)
      let cache = TensorCache(path: "\(folder)/run/kept.safetensors")
      var made = 0
      func ask(_ pictures: PictureSet) throws -> [Float] {
        try cache.tensors(["x"], of: pictures, by: ["mapper": AddedFile(path: network)]) {
          made += 1
          return [Tensor([2], [Float(made), 7])]
        }[0].values
      }
      #expect(try ask(pictures(1)) == [1, 7])
      #expect(try ask(pictures(1)) == [1, 7])
      #expect(try ask(pictures(2)) == [2, 7])

      let configuration = URL(filePath: "\(network)/config.json")
      try (Data(contentsOf: configuration) + Data(" ".utf8)).write(to: configuration)
      #expect(try ask(pictures(2)) == [3, 7])
      try Data("damaged".utf8).write(to: URL(filePath: cache.path))
      #expect(try ask(pictures(2)) == [4, 7])
      #expect(made == 4)
    }
  }

  @Test func theVariantDecidesWhichWeightsCount() async throws {
    try await TestFolder.with { folder in
      let network = "\(folder)/network"
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/mapper", toPath: network)
      try Data("other".utf8).write(to: URL(filePath: "\(network)/model.other.safetensors"))
      let cache = TensorCache(path: "\(folder)/run/kept.safetensors")
      var made = 0
      for variant in [nil, nil, "other", "other", nil] {
        _ = try cache.tensors(["x"], of: pictures(1), by: ["mapper": AddedFile(path: network)], variant: variant) {
          made += 1
          return [Tensor([1], [1])]
        }
      }
      #expect(made == 3)
    }
  }
}
