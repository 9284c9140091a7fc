import Checkpoints
import Files
import Foundation

/// Files of a model folder that an import has begun to put into place: `.import-unfinished.json`.
///
/// The files of an import take their places one after the other. While this record is there some may be new and others
/// old, so the folder is no model.
package struct UnfinishedImport: Codable {
  static let name = ".import-unfinished.json"

  /// Relative to the model folder.
  package var files: Set<String>

  /// The record in a folder; without files where there is none.
  ///
  /// - Throws: `CheckpointError` for a file of that name that is no such record.
  package static func read(in folder: String) throws -> UnfinishedImport {
    let file = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return UnfinishedImport(files: []) }
    return try ConfigFile.read(from: file)
  }

  /// - Throws: `CheckpointError` that names the files of an import that was interrupted.
  static func refuse(in folder: String) throws {
    let files = try read(in: folder).files.sorted()
    guard !files.isEmpty else { return }
    throw CheckpointError(
      .malformed, file: "\(folder)/\(name)",
      "an import into this folder was interrupted, so these files may belong to different models: "
        + "\(files.joined(separator: ", ")). Run the same `emofarm models import` again")
  }

  /// Writes the record durably, or removes it where it names no file.
  package func write(in folder: String) throws {
    let file = "\(folder)/\(Self.name)"
    if files.isEmpty {
      try File.remove(file)
    } else {
      try DurableFile.write(try ConfigFile.encoded(self), to: file)
    }
  }
}
