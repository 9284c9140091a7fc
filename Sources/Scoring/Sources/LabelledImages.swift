import Checkpoints
import Datasets
import Files
import Foundation
package import Imaging
package import Vocabulary

/// The images of a folder with the emotion of each. The folder has EmoSet's layout, is an export of EmoFarm
/// (`metadata.jsonl`), or has a subfolder for each emotion.
package struct LabelledImages: Sendable {
  package struct Image: Sendable, Equatable {
    package let file: String
    package let emotion: Emotion

    /// - Throws: the errors of `ImageFile.read` if the file is missing or damaged.
    package func picture() throws -> RGBImage { try ImageFile.read(file) }
  }

  package let folder: String
  /// The split of the folder that was read; nil for the whole folder.
  package let split: String?
  package let images: [Image]

  /// - Parameters:
  ///   - split: the split to read; nil for `test` in EmoSet's layout, and for the whole of any other folder.
  ///   - emotions: the requested emotions, each of which must have an image; images of other emotions are ignored.
  /// - Throws: `MetricsError` if the folder has no known layout or an emotion has no image; `DatasetError` and
  ///   `CheckpointError` if the dataset's own files are invalid.
  package init(_ folder: String, split: String? = nil, emotions: [Emotion] = Emotion.allCases) throws {
    self.folder = folder
    let all: [Image]
    if FileManager.default.fileExists(atPath: "\(folder)/info.json") {
      self.split = split ?? EmoSetSplit.test.rawValue
      all = try Self.emoSet(folder, split ?? EmoSetSplit.test.rawValue)
    } else if let parts = try Self.exported(folder) {
      self.split = split
      if let split, !parts.contains(where: { $0.name == split }) {
        let names = parts.map(\.name).joined(separator: ", ")
        throw MetricsError("\(folder) has no split '\(split)': it has \(names)")
      }
      all = try parts.filter { split == nil || $0.name == split }.flatMap { try Self.rows($0.folder) }
    } else {
      self.split = nil
      guard split == nil else {
        throw MetricsError("\(folder) has a subfolder for each emotion and no splits: omit --split")
      }
      all = Self.folders(folder)
    }
    images = all.filter { emotions.contains($0.emotion) }
    guard !all.isEmpty else {
      throw MetricsError(
        "\(folder) has no images of emotions: give a dataset in EmoSet's layout (info.json), an export "
          + "(metadata.jsonl) or a folder that has a subfolder of PNG or JPEG files for each emotion")
    }
    let missing = emotions.filter { emotion in !images.contains { $0.emotion == emotion } }
    guard missing.isEmpty else {
      let present = Emotion.allCases.filter { emotion in all.contains { $0.emotion == emotion } }
      throw MetricsError(
        "\(folder) has no images of \(missing.map(\.rawValue).joined(separator: ", ")): evaluate only "
          + "the others with --emotions \(present.map(\.rawValue).joined(separator: ","))")
    }
  }

  private static func emoSet(_ folder: String, _ split: String) throws -> [Image] {
    guard let split = EmoSetSplit(rawValue: split) else {
      throw MetricsError(
        "\(folder) is in EmoSet's layout, which has no split '\(split)': use "
          + EmoSetSplit.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return try EmoSetDataset(folder: folder).records(in: split).compactMap { record in
      Emotion(rawValue: record.emotion).map { Image(file: record.image, emotion: $0) }
    }
  }

  /// The folders with a `metadata.jsonl`; nil if there are none.
  private static func exported(_ folder: String) throws -> [(name: String, folder: String)]? {
    let found = ([""] + names(in: folder)).filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)/metadata.jsonl")
    }
    return found.isEmpty ? nil : found.map { ($0.isEmpty ? "all" : $0, $0.isEmpty ? folder : "\(folder)/\($0)") }
  }

  private struct Row: Decodable {
    let file: String
    let emotion: String?

    enum CodingKeys: String, CodingKey {
      case emotion
      case file = "file_name"
    }
  }

  /// Rows without an emotion, which are images of plain text, are ignored.
  private static func rows(_ folder: String) throws -> [Image] {
    let path = "\(folder)/metadata.jsonl"
    return try ConfigFile.lines(of: path).enumerated().compactMap { number, line in
      guard !line.isEmpty else { return nil }
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.utf8)), !row.file.hasPrefix("/"),
        !row.file.split(separator: "/").contains("..")
      else {
        throw MetricsError(
          "\(path) line \(number + 1): expected an object with emotion and file_name, which must be inside the folder")
      }
      return Emotion(rawValue: row.emotion ?? "").map { Image(file: "\(folder)/\(row.file)", emotion: $0) }
    }
  }

  private static func folders(_ folder: String) -> [Image] {
    Emotion.allCases.flatMap { emotion in
      names(in: "\(folder)/\(emotion.rawValue)")
        .filter { [".png", ".jpg", ".jpeg"].contains(where: $0.lowercased().hasSuffix) }
        .map { Image(file: "\(folder)/\(emotion.rawValue)/\($0)", emotion: emotion) }
    }
  }

  /// Sorted, so that a folder is always read in the same order.
  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
