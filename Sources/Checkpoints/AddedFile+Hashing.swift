import Files
import Foundation
package import Vocabulary

extension AddedFile {
  /// Returns the same file with its absolute path and its digest.
  ///
  /// The digest of a folder covers the names and digests of the files directly in it, without hidden ones. A model's
  /// folder stands for its `vae`, the one part that can be added to another model.
  ///
  /// - Throws: `CheckpointError` if there is no such file, or if the digest is known and the file now has another one.
  package func identified() throws -> AddedFile {
    var place = URL(filePath: path).standardizedFileURL.path
    let inModel = ["\(place)/model_index.json", "\(place)/vae/config.json"]
    if inModel.allSatisfy(FileManager.default.fileExists) { place += "/vae" }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
      throw CheckpointError(.missingFile, file: place, "there is no such file: check the path")
    }
    let digest =
      try isFolder.boolValue
      ? ModelDescription.digest(of: Self.files(in: place)) : MappedFile(path: place).sha256()
    if let sha256, sha256 != digest {
      throw CheckpointError(
        .malformed, file: place,
        "the file has changed: its SHA-256 is \(digest.prefix(12))…, but \(sha256.prefix(12))… was asked for. "
          + "Put the original file back, or make a new request")
    }
    return AddedFile(path: place, sha256: digest)
  }

  /// The files that the digest covers, with the folder to which they are relative: the file itself, or those directly in
  /// the folder.
  package func files() throws -> (files: [ModelFile], root: String) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      let file = try MappedFile(path: path)
      return ([ModelFile(path: name, bytes: file.count, sha256: file.sha256())], Folder.parent(of: path))
    }
    return (try Self.files(in: path), path)
  }

  private static func files(in folder: String) throws -> [ModelFile] {
    var files: [ModelFile] = []
    for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    where !name.hasPrefix(".") {
      var isFolder: ObjCBool = false
      let file = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      let bytes = try MappedFile(path: file)
      files.append(ModelFile(path: name, bytes: bytes.count, sha256: bytes.sha256()))
    }
    return files
  }
}
