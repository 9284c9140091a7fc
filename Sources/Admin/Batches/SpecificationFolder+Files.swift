import Checkpoints
import Files
import Foundation
package import Specifications
package import Vocabulary

extension SpecificationFolder {
  /// The file with its absolute path and its digest.
  ///
  /// - Throws: `CheckpointError` if there is no such file, which says so if the current folder has one; or if the digest
  ///   is known and the file has another one.
  package func identified(_ file: AddedFile) throws -> AddedFile {
    do {
      return try file.relative(to: path).identified()
    } catch let error as CheckpointError where error.code == .missingFile && !file.path.hasPrefix("/") {
      let here = URL(filePath: file.path).standardizedFileURL.path
      guard FileManager.default.fileExists(atPath: here) else { throw error }
      throw CheckpointError(
        .missingFile, file: resolved(file.path),
        "there is no such file, because the paths in a specification start at its own folder; the current folder has "
          + "one: write \(here), or its path from \(path)")
    }
  }
}
