import Checkpoints
import Files
import Foundation

/// The files of a model folder that an unfinished import is moving into place: `.import-unfinished.json`.
///
/// An import moves its files one by one. While this record exists, some files may be new and others old, so the folder
/// is not a usable model.
package struct UnfinishedImport: Codable {
  static let name = ".import-unfinished.json"

  /// Relative to the model folder.
  package var files: Set<String>

  /// Reads a folder's record; the result has no files if there is no record.
  ///
  /// - Throws: `CheckpointError` if the file is not such a record.
  package static func read(in folder: String) throws -> UnfinishedImport {
    let file = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return UnfinishedImport(files: []) }
    return try ConfigFile.read(from: file)
  }

  /// - Throws: `CheckpointError` that names the files of an interrupted import.
  static func refuse(in folder: String) throws {
    let files = try read(in: folder).files.sorted()
    guard !files.isEmpty else { return }
    throw CheckpointError(
      .malformed, file: "\(folder)/\(name)",
      "an import into this folder was interrupted, so these files may belong to different models: "
        + "\(files.joined(separator: ", ")). Run the same `emofarm models import` again")
  }

  /// Writes the record durably, or removes it if it names no files.
  package func write(in folder: String) throws {
    let file = "\(folder)/\(Self.name)"
    if files.isEmpty {
      try File.remove(file)
    } else {
      try DurableFile.write(try ConfigFile.encoded(self), to: file)
    }
  }
}
