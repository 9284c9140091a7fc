import Checkpoints
import Files
import Foundation

/// Finds the files of a release.
enum ReleaseSources {
  private static let endings: Set<String> = ["pt", "pth", "pkl", "pickle", "bin", "ckpt"]

  /// Resolves files as given and folders to the files in and below them with an ending of PyTorch checkpoints or
  /// pickles, sorted by name.
  ///
  /// - Throws: `CheckpointError` if a source does not exist or a folder has no such files.
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
