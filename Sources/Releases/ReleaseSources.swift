import Checkpoints
import Files
import Foundation

/// Where the files of a release are found.
enum ReleaseSources {
  private static let endings: Set<String> = ["pt", "pth", "pkl", "pickle", "bin", "ckpt"]

  /// Files as they are named, folders as the files in and below them that end as PyTorch's and pickles do, by name.
  ///
  /// - Throws: `CheckpointError` for a source that is not there and a folder without such files.
  static func files(_ sources: [String]) throws -> [String] {
    var files: [String] = []
    for source in sources {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
        throw CheckpointError(.missingFile, file: source, "there is no such file or folder")
      }
      let found = isFolder.boolValue ? try Self.files(below: source) : [source]
      for file in found where !files.contains(file) { files.append(file) }
    }
    return files
  }

  private static func files(below folder: String) throws -> [String] {
    let root = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    var files: [String] = []
    let entries = FileManager.default.enumerator(atPath: root)
    while let entry = entries?.nextObject() as? String {
      let parts = entry.split(separator: "/")
      guard !parts.contains(where: { $0.hasPrefix(".") }),
        let ending = parts.last?.split(separator: ".").dropFirst().last, endings.contains(ending.lowercased())
      else { continue }
      var isFolder: ObjCBool = false
      let path = "\(root)/\(entry)"
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      files.append(path)
    }
    guard !files.isEmpty else {
      throw CheckpointError(
        .missingFile, file: folder,
        "the folder has no file that ends in \(endings.sorted().map { ".\($0)" }.joined(separator: ", "))")
    }
    return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
