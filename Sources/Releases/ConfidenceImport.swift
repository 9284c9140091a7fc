import Checkpoints
import Files
import Vocabulary

/// Converts tables of attribute → eight numbers to `emotion_space/confidence.json`: attribute → emotion → number.
enum ConfidenceImport {
  private struct Entry {
    let file: Int
    let row: ConfidenceRow
  }

  private static let tolerance: Float = 0.01

  /// Merges all tables. If two contain the same attribute, the later table wins, as in EmoGen's own code, which updates
  /// the table of scenes with that of objects.
  ///
  /// - Returns: nil if no file is such a table.
  /// - Throws: `CheckpointError` naming the attribute if its numbers are not probabilities.
  static func part(_ releases: [ReleaseFile]) throws -> ImportedPart? {
    var files: [ReleaseFile] = []
    var table: [String: Entry] = [:]
    // Replaced attributes by the indices of the replaced and the replacing file.
    var replaced: [[Int]: [String]] = [:]
    for file in releases {
      guard case .confidence(let rows) = file.content else { continue }
      for row in rows {
        try check(row, file)
        // Readers of the table normalise names this way, so these spellings are the same attribute.
        let key = row.attribute.lowercased().replacing(" ", with: "_")
        guard let other = table.updateValue(Entry(file: files.count, row: row), forKey: key) else { continue }
        guard other.file < files.count else {
          throw CheckpointError(
            .malformed, file: file.path, "attribute '\(ForeignName.shown(row.attribute))' occurs twice")
        }
        replaced[[other.file, files.count], default: []].append(other.row.attribute)
      }
      files.append(file)
    }
    guard !files.isEmpty else { return nil }
    var object: [String: [String: Float]] = [:]
    for entry in table.values {
      object[entry.row.attribute] = Dictionary(
        uniqueKeysWithValues: zip(Emotion.names, entry.row.values))
    }
    let leftOut = replaced.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { places, names in
      ImportRecord.LeftOut(
        source: files[places[0]].name, reason: "also in \(files[places[1]].name), which was given later", names: names)
    }
    return ImportedPart(
      "confidence table",
      [try ImportedFile("emotion_space/confidence.json", json: object, from: files, leftOut: leftOut)])
  }

  private static func check(_ row: ConfidenceRow, _ file: ReleaseFile) throws {
    guard row.values.allSatisfy({ (0...1).contains($0) }), abs(row.values.reduce(0, +) - 1) <= tolerance else {
      throw CheckpointError(
        .malformed, file: file.path,
        "the numbers of attribute '\(ForeignName.shown(row.attribute))' are not confidences: eight numbers from 0 to 1 with sum 1 are required"
      )
    }
  }
}
