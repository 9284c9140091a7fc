import Checkpoints
import Files
import Vocabulary

/// Tables of attribute → eight numbers → `emotion_space/confidence.json`: attribute → emotion → number.
enum ConfidenceImport {
  private struct Entry {
    let file: Int
    let row: ConfidenceRow
  }

  private static let tolerance: Float = 0.01

  /// Tables are joined. Where two name the same attribute, the later one's numbers count, as in EmoGen's own code, which
  /// updates the scenes' table with the objects'.
  ///
  /// - Returns: nil where no file is such a table.
  /// - Throws: `CheckpointError` naming the attribute whose numbers are no probabilities.
  static func part(_ releases: [ReleaseFile]) throws -> ImportedPart? {
    var files: [ReleaseFile] = []
    var table: [String: Entry] = [:]
    // By the places of the file that gives way and of the one that counts.
    var replaced: [[Int]: [String]] = [:]
    for file in releases {
      guard case .confidence(let rows) = file.content else { continue }
      for row in rows {
        try check(row, file)
        // Whoever reads the table takes these spellings for the same attribute.
        let key = row.attribute.lowercased().replacing(" ", with: "_")
        guard let other = table.updateValue(Entry(file: files.count, row: row), forKey: key) else { continue }
        guard other.file < files.count else {
          throw CheckpointError(
            .malformed, file: file.path, "attribute '\(ForeignName.shown(row.attribute))' stands there twice")
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
        source: files[places[0]].name, reason: "also in \(files[places[1]].name), which was named later", names: names)
    }
    return ImportedPart(
      "confidence table",
      [try ImportedFile("emotion_space/confidence.json", json: object, from: files, leftOut: leftOut)])
  }

  private static func check(_ row: ConfidenceRow, _ file: ReleaseFile) throws {
    guard row.values.allSatisfy({ (0...1).contains($0) }), abs(row.values.reduce(0, +) - 1) <= tolerance else {
      throw CheckpointError(
        .malformed, file: file.path,
        "the numbers of attribute '\(ForeignName.shown(row.attribute))' are no confidences: eight from 0 to 1 that sum to 1 are needed"
      )
    }
  }
}
