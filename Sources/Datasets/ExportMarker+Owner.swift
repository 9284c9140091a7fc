import Files
import Glibc

extension ExportMarker {
  /// The folder of the export that a path belongs to; nil if it belongs to none.
  ///
  /// A path belongs to an export if exports use such names, whether or not the file exists.
  package static func export(owning path: String) -> String? {
    let parts = path.split(separator: "/").map { String($0) }
    guard let name = parts.last, name != ".." && name != "." else { return nil }
    let folder =
      path.hasPrefix("/") ? "/" + parts.dropLast().joined(separator: "/") : parts.dropLast().joined(separator: "/")
    guard let real = realpath(folder.isEmpty ? "." : folder, nil) else { return nil }
    defer { free(real) }
    var above = String(cString: real)[...]
    var relative = name
    // The deepest pictures are three folders below the dataset.
    for _ in 0..<4 {
      if File.isRegular("\(above)/\(StagedFolder.marker)"),
        DatasetFormat.allCases.contains(where: { $0.owns(relative) }) || SyntheticDataset.owns(relative)
      {
        return above.isEmpty ? "/" : String(above)
      }
      guard let slash = above.lastIndex(of: "/"), above.count > 1 else { return nil }
      relative = "\(above[above.index(after: slash)...])/\(relative)"
      above = above[..<slash]
    }
    return nil
  }
}
