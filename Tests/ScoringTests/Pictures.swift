import Engine
import Foundation
import Imaging
import TestSupport

/// Images for tests.
enum Pictures {
  /// Images from a tensor `[N, C, H, W]` of values 0 … 1.
  static func unit(_ tensor: (shape: [Int], values: [Float])) -> [RGBImage] {
    let pixels = Tensor(tensor.shape, tensor.values).channelsLast
    return (0..<tensor.shape[0]).map { index in
      RGBImage(
        width: tensor.shape[3], height: tensor.shape[2],
        pixels: pixels.slice(index..<index + 1).values.map { UInt8(($0 * 255).rounded()) })
    }
  }

  /// An image from a tensor `[H, W, 3]` of values 0 … 255.
  static func bytes(_ tensor: (shape: [Int], values: [Float])) -> RGBImage {
    RGBImage(width: tensor.shape[1], height: tensor.shape[0], pixels: tensor.values.map { UInt8($0) })
  }

  /// An image of noise that depends on `seed`.
  static func noise(_ seed: UInt64, side: Int = 64) -> RGBImage {
    var generator = TorchGenerator(seed: seed)
    return RGBImage(width: side, height: side, pixels: generator.uniform(3 * side * side).map { UInt8($0 * 255) })
  }

  static func write(_ image: RGBImage, to path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(PNG.encode(image)).write(to: url)
  }
}

struct MissingTensor: Error {
  let name: String
}

extension [String: (shape: [Int], values: [Float])] {
  /// - Throws: `MissingTensor` if the file has no tensor of that name.
  func tensor(_ name: String) throws -> (shape: [Int], values: [Float]) {
    guard let tensor = self[name] else { throw MissingTensor(name: name) }
    return tensor
  }

  func number(_ name: String) throws -> Double { Double(try tensor(name).values.first ?? .nan) }

  func rows(_ name: String) throws -> [[Float]] {
    let (shape, values) = try tensor(name)
    return (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
  }
}
