import Datasets
import Foundation
import Imaging
import Vocabulary

/// A batch of small PNGs in a folder of its own, which is removed with the value.
final class SampleBatch {
  let folder = FileManager.default.temporaryDirectory.appending(path: "emofarm-datasets-\(UUID().uuidString)")
  private(set) var images: [DatasetImage] = []

  /// - Parameters:
  ///   - perEmotion: The number of images of each of the eight emotions.
  ///   - batch: The batch's number.
  init(perEmotion: Int, texts: Int = 0, batch: Int = 1) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for index in 0..<8 * perEmotion + texts {
      let emotion = index < 8 * perEmotion ? Emotion.allCases[index / perEmotion] : nil
      let color = RGBColor(UInt8(index * 7 % 256), UInt8(index * 13 % 256), 90)
      let bytes = try PNG.encode(RGBImage(width: 8, height: 8, filledWith: color))
      let path = folder.appending(path: "source-\(index).png").path
      try Data(bytes).write(to: URL(filePath: path))
      images.append(
        DatasetImage(
          source: path, bytes: bytes.count, sha256: DatasetImage.digest(of: bytes), batch: batch, index: index,
          subject: emotion.map { .emotion(EmotionSpec($0), prompt: "a \"bag\"\n富士") } ?? .text("an image of awe"),
          negative: "", seed: 7 + UInt64(index), width: 8, height: 8,
          steps: 20, sampler: "dpmpp-2m", guidance: 4, model: "tiny", modelDigest: "ab12", engineKind: "x86_64/fp32",
          generator: "EmoFarm 0.1.0"
        )
      )
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The marker of a batch; by default, of the one that ``export(_:images:marker:)`` exports.
  static func marker(
    format: DatasetFormat = .imagefolder, batch: String = "1", key: String = "",
    created: String = "2026-01-01T00:00:00.000001Z",
    spec: Character = "a", server: String = "7"
  ) -> ExportMarker {
    ExportMarker(
      format: format.rawValue, batch: batch, key: key, created: created, specSHA256: String(repeating: spec, count: 64),
      server: server, database: "emofarm", schema: "public")
  }

  func export(
    _ splits: DatasetSplits = .trainOnly, images: [DatasetImage]? = nil, by unit: DatasetSplits.Unit = .image,
    format: DatasetFormat = .imagefolder, additions: Set<DatasetAddition> = [], marker: ExportMarker? = nil
  ) throws -> DatasetExport {
    try DatasetExport(
      marker ?? Self.marker(format: format), format: format, additions: additions, title: "Sample",
      images: images ?? self.images,
      splits: splits, splitBy: unit)
  }

  /// The names in the batch's folder, including hidden ones.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix("source-") }.sorted()
  }

  /// Every file below a folder, by its relative path.
  func contents(_ name: String) throws -> [String: Data] {
    let root = folder.appending(path: name)
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
      let file = root.appending(path: path)
      if try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == false {
        files[path] = try Data(contentsOf: file)
      }
    }
    return files
  }
}
