import Files
import Foundation
import Vocabulary

/// The rows of all splits, checked individually and against each other.
struct EmoSetRows {
  private(set) var all: [EmoSetRow] = []
  private(set) var faults: [DatasetFault] = []

  /// - Throws: `DatasetError` if there is no split, or a split's file is not a list.
  init(folder: String) throws {
    let found = EmoSetSplit.allCases.filter { File.isRegular("\(folder)/\($0.file)") }
    guard !found.isEmpty else {
      throw DatasetError(
        .badInput, "\(folder) has none of train.json, val.json, test.json: name a folder in EmoSet's layout")
    }
    for split in EmoSetSplit.allCases {
      if found.contains(split) {
        try add(split, "\(folder)/\(split.file)")
      } else {
        note(.missingFile, split.file, "the file of a split is missing")
      }
    }
    refuseRepetitions()
  }

  /// `[emotion, image, annotation]` or `[emotion, id, image, annotation]`; nil if the row is neither.
  private struct Columns: Decodable {
    let all: [String]?

    init(from decoder: any Decoder) throws {
      let columns = try? decoder.singleValueContainer().decode([String].self)
      all = columns.flatMap { (3...4).contains($0.count) ? $0 : nil }
    }
  }

  private mutating func add(_ split: EmoSetSplit, _ path: String) throws {
    let rows: [Columns]
    do {
      rows = try JSONDecoder().decode([Columns].self, from: Data(File.read(path)))
    } catch let error as DecodingError {
      throw DatasetError(.badInput, "\(path) is not a list of rows (\(error.reason))")
    }
    all.reserveCapacity(all.count + rows.count)
    for (index, row) in rows.enumerated() {
      let place = "\(split.file) row \(index + 1)"
      guard let columns = row.all else {
        note(
          .wrongRow, place, "[emotion, image, annotation] or [emotion, id, image, annotation] is needed, all strings")
        continue
      }
      guard Emotion.names.contains(columns[0]) else {
        note(.unknownEmotion, place, "'\(columns[0])' is not one of \(Emotion.names.joined(separator: ", "))")
        continue
      }
      if let outside = columns.suffix(2).first(where: { !Self.isInside($0) }) {
        note(.pathOutside, place, "'\(outside)' must be a path within the folder of the dataset")
        continue
      }
      all.append(
        EmoSetRow(
          split: split, number: index + 1, emotion: columns[0], id: columns.count == 4 ? columns[1] : nil,
          image: columns[columns.count - 2], annotation: columns[columns.count - 1]))
    }
  }

  /// Keeps only the first row of each picture.
  private mutating func refuseRepetitions() {
    var first: [String: Int] = [:]
    first.reserveCapacity(all.count)
    var repeated: [Int] = []
    for (index, row) in all.enumerated() {
      let picture = row.image.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
      guard let earlier = first[picture] else {
        first[picture] = index
        continue
      }
      repeated.append(index)
      let same = all[earlier].split == row.split
      note(same ? .duplicateRow : .sharedImage, row.place, "\(row.image) is in \(all[earlier].place) already")
    }
    for index in repeated.reversed() { all.remove(at: index) }
  }

  private mutating func note(_ kind: DatasetFault.Kind, _ place: String, _ message: String) {
    faults.append(DatasetFault(kind: kind, place: place, message: message))
  }

  /// Whether `path` stays in the dataset's folder.
  private static func isInside(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.utf8.contains(0)
      && !path.split(separator: "/").contains("..")
  }
}

/// A usable row of a split's file.
struct EmoSetRow: Sendable {
  let split: EmoSetSplit
  /// The row's position in its file, from 1.
  let number: Int
  let emotion: String
  /// The picture's id, if the row has one.
  let id: String?
  /// The picture's path, relative to the dataset's folder.
  let image: String
  /// The annotation's path, relative to the dataset's folder.
  let annotation: String

  var place: String { "\(split.file) row \(number)" }
}
