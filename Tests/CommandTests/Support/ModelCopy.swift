import Foundation
import TestSupport

/// Copies of the shipped model that tests may damage: its files are links until one is changed.
enum ModelCopy {
  /// - Returns: the copy's folder.
  static func make(in folder: String) throws -> String {
    let copy = "\(folder)/model"
    let files = FileManager.default
    for path in files.enumerator(atPath: SourceTree.tinyModel)?.allObjects as? [String] ?? [] {
      let source = "\(SourceTree.tinyModel)/\(path)"
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: source, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        try files.createDirectory(atPath: "\(copy)/\(path)", withIntermediateDirectories: true)
      } else {
        try files.createDirectory(
          at: URL(filePath: "\(copy)/\(path)").deletingLastPathComponent(), withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: "\(copy)/\(path)", withDestinationPath: source)
      }
    }
    return copy
  }

  static func change(_ path: String, of copy: String, _ change: (inout Data) -> Void) throws {
    var bytes = try Data(contentsOf: URL(filePath: "\(SourceTree.tinyModel)/\(path)"))
    change(&bytes)
    try FileManager.default.removeItem(atPath: "\(copy)/\(path)")
    try bytes.write(to: URL(filePath: "\(copy)/\(path)"))
  }
}
