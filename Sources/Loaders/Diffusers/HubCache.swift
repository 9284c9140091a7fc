import Checkpoints
import Files
import Foundation

/// The cache in which huggingface_hub keeps downloaded models: `models--OWNER--NAME` with `blobs`, `refs` and
/// `snapshots`, whose snapshots are folders of links to blobs.
enum HubCache {
  /// The snapshot that a path inside a cache means; any other path is returned as it is.
  ///
  /// - Throws: `CheckpointError` if the path is a cache of several models, or it does not say which snapshot is meant.
  static func resolve(_ path: String) throws -> String {
    if isRoot(path) { return try snapshot(of: path) }
    if path.hasSuffix("/snapshots"), isRoot(Folder.parent(of: path)) {
      return try snapshot(of: Folder.parent(of: path))
    }
    for hub in [path, "\(path)/hub"] {
      let models = names(in: hub).filter { $0.hasPrefix("models--") }
      guard let first = models.first else { continue }
      throw CheckpointError(
        .malformed, file: path,
        "this is a cache of \(models.count) model\(models.count == 1 ? "" : "s") (\(list(models))): name one of them, e.g. \(hub)/\(first)"
      )
    }
    return path
  }

  private static func isRoot(_ path: String) -> Bool {
    isFolder("\(path)/snapshots") && (isFolder("\(path)/refs") || isFolder("\(path)/blobs"))
  }

  private static func snapshot(of root: String) throws -> String {
    let snapshots = names(in: "\(root)/snapshots").filter { isFolder("\(root)/snapshots/\($0)") }
    let main = (try? File.contents("\(root)/refs/main")).flatMap(\.self).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    if let main, snapshots.contains(main) { return "\(root)/snapshots/\(main)" }
    guard let only = snapshots.first else {
      throw CheckpointError(
        .missingFile, file: "\(root)/snapshots", "the cache holds no snapshot: download the model again")
    }
    guard snapshots.count == 1 else {
      throw CheckpointError(
        .malformed, file: root,
        "the cache holds \(snapshots.count) snapshots, and refs/main names none of them: name the folder of one (snapshots/\(list(snapshots)))"
      )
    }
    return "\(root)/snapshots/\(only)"
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
