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
    package func picture() throws -> RGBImage { try ImageFile.readUpright(file) }
  }

  /// A file that is not measured.
  package struct Skipped: Sendable, Equatable {
    /// Its path, or the row that names it.
    package let place: String
    package let reason: String

    package init(place: String, reason: String) {
      self.place = place
      self.reason = reason
    }
  }

  package let folder: String
  /// The split of the folder that was read; nil for the whole folder.
  package let split: String?
  package let images: [Image]
  /// What the folder holds beside them.
  package let skipped: [Skipped]

  /// - Parameters:
  ///   - split: the split to read; nil for `test` in EmoSet's layout, and for the whole of any other folder.
  ///   - emotions: the requested emotions, each of which must have an image; images of other emotions are ignored.
  /// - Throws: `MetricsError` if the folder has no known layout or an emotion has no image; `DatasetError` and
  ///   `CheckpointError` if the dataset's own files are invalid.
  package init(_ folder: String, split: String? = nil, emotions: [Emotion] = Emotion.allCases) throws {
    self.folder = folder
    let all: [Image]
    var skipped: [Skipped] = []
    if FileManager.default.fileExists(atPath: "\(folder)/info.json") {
      self.split = split ?? EmoSetSplit.test.rawValue
      all = try Self.emoSet(folder, split ?? EmoSetSplit.test.rawValue, &skipped)
    } else if let parts = try Self.exported(folder) {
      self.split = split
      if let split, !parts.contains(where: { $0.name == split }) {
        let names = parts.map(\.name).joined(separator: ", ")
        throw MetricsError("\(folder) has no split '\(split)': it has \(names)")
      }
      all = try parts.filter { split == nil || $0.name == split }.flatMap { try Self.rows($0.folder, &skipped) }
    } else {
      self.split = nil
      guard split == nil else {
        throw MetricsError("\(folder) has a subfolder for each emotion and no splits: omit --split")
      }
      all = Self.folders(folder, &skipped)
    }
    images = all.filter { emotions.contains($0.emotion) }
    self.skipped = skipped
    guard !all.isEmpty else {
      throw MetricsError(
        "\(folder) has no images of emotions: give a dataset in EmoSet's layout (info.json), an export "
          + "(metadata.jsonl) or a folder that has a subfolder of PNG, JPEG or WebP files for each emotion")
    }
    let missing = emotions.filter { emotion in !images.contains { $0.emotion == emotion } }
    guard missing.isEmpty else {
      let present = Emotion.allCases.filter { emotion in all.contains { $0.emotion == emotion } }
      throw MetricsError(
        "\(folder) has no images of \(missing.map(\.rawValue).joined(separator: ", ")): evaluate only "
          + "the others with --emotions \(present.map(\.rawValue).joined(separator: ","))")
    }
  }

  private static func emoSet(_ folder: String, _ split: String, _ skipped: inout [Skipped]) throws -> [Image] {
    guard let split = EmoSetSplit(rawValue: split) else {
      throw MetricsError(
        "\(folder) is in EmoSet's layout, which has no split '\(split)': use "
          + EmoSetSplit.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let dataset = try EmoSetDataset(folder: folder)
    // A picture without a usable annotation is measured, because only its attributes are missing.
    let harmless: [DatasetFault.Kind] = [.brokenAnnotation, .unknownAttribute, .otherEmotion]
    skipped += dataset.faults.filter { !harmless.contains($0.kind) }.map {
      Skipped(place: $0.place, reason: $0.message)
    }
    return dataset.records(in: split).compactMap { record in
      guard let emotion = Emotion(rawValue: record.emotion) else {
        skipped.append(Skipped(place: record.image, reason: "its emotion '\(record.emotion)' is none of the eight"))
        return nil
      }
      return Image(file: record.image, emotion: emotion)
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

  /// Rows without an emotion, which are images of plain text, are skipped.
  private static func rows(_ folder: String, _ skipped: inout [Skipped]) throws -> [Image] {
    let path = "\(folder)/metadata.jsonl"
    var images: [Image] = []
    for (number, line) in try ConfigFile.lines(of: path).enumerated() where !line.isEmpty {
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.utf8)), !row.file.hasPrefix("/"),
        !row.file.split(separator: "/").contains("..")
      else {
        throw MetricsError(
          "\(path) line \(number + 1): expected an object with emotion and file_name, which must be inside the folder")
      }
      let file = "\(folder)/\(row.file)"
      if let emotion = Emotion(rawValue: row.emotion ?? "") {
        images.append(Image(file: file, emotion: emotion))
      } else {
        let reason = row.emotion.map { "its emotion '\($0)' is none of the eight" } ?? "it has no emotion"
        skipped.append(Skipped(place: file, reason: reason))
      }
    }
    return images
  }

  private static func folders(_ folder: String, _ skipped: inout [Skipped]) -> [Image] {
    var images: [Image] = []
    for name in names(in: folder) where Folder.isFolder("\(folder)/\(name)") {
      let path = "\(folder)/\(name)"
      guard let emotion = Emotion(rawValue: name) else {
        skipped.append(Skipped(place: path, reason: "the folder's name is none of the eight emotions"))
        continue
      }
      for file in names(in: path) {
        if [".png", ".jpg", ".jpeg", ".webp"].contains(where: file.lowercased().hasSuffix) {
          images.append(Image(file: "\(path)/\(file)", emotion: emotion))
        } else {
          skipped.append(Skipped(place: "\(path)/\(file)", reason: "its name is not that of a PNG, JPEG or WebP"))
        }
      }
    }
    return images
  }

  /// Sorted, so that a folder is always read in the same order.
  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
