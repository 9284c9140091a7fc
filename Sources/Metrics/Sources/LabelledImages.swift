import Checkpoints
import Datasets
import Foundation
package import Imaging
package import Vocabulary

/// The images of a folder and the emotion of each: EmoSet's layout, an export of ours (`metadata.jsonl`), or a folder
/// an emotion.
package struct LabelledImages: Sendable {
  package struct Image: Sendable, Equatable {
    package let file: String
    package let emotion: Emotion

    /// - Throws: what `ImageFile.read` throws when the file is missing or damaged.
    package func picture() throws -> RGBImage { try ImageFile.read(file) }
  }

  package let folder: String
  /// Which part of the folder was read; nil for all of it.
  package let split: String?
  package let images: [Image]

  /// - Parameters:
  ///   - split: the part of a dataset; nil for EmoSet's `test`, and for all of another folder.
  ///   - emotions: the ones asked for: every one of them must have an image, others are left out.
  /// - Throws: `MetricsError` where the folder is of no known form or an emotion has no image; `DatasetError` and
  ///   `CheckpointError` where a dataset's own files are wrong.
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
        throw MetricsError("\(folder) is a folder of folders, without splits: leave --split out")
      }
      all = Self.folders(folder)
    }
    images = all.filter { emotions.contains($0.emotion) }
    guard !all.isEmpty else {
      throw MetricsError(
        "\(folder) has no images of emotions: a dataset in EmoSet's layout (info.json), an export (metadata.jsonl) or a "
          + "folder for each emotion with PNG or JPEG files is needed")
    }
    let missing = emotions.filter { emotion in !images.contains { $0.emotion == emotion } }
    guard missing.isEmpty else {
      let present = Emotion.allCases.filter { emotion in all.contains { $0.emotion == emotion } }
      throw MetricsError(
        "\(folder) has no images of \(missing.map(\.rawValue).joined(separator: ", ")): evaluate what it has with "
          + "--emotions \(present.map(\.rawValue).joined(separator: ","))")
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

  /// The folders with a `metadata.jsonl`; nil where there is none.
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

  /// Images of plain text, whose rows name no emotion, are left out.
  private static func rows(_ folder: String) throws -> [Image] {
    let path = "\(folder)/metadata.jsonl"
    return try ConfigFile.lines(of: path).enumerated().compactMap { number, line in
      guard !line.isEmpty else { return nil }
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.utf8)), !row.file.hasPrefix("/"),
        !row.file.split(separator: "/").contains("..")
      else {
        throw MetricsError("\(path) line \(number + 1): an object with file_name and emotion is needed here")
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

  /// Sorted: the same folder is always read in the same order.
  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
