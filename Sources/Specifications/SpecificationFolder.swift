import Foundation
import Vocabulary

/// Where the relative paths of a specification start: at the folder of its file. Those of a specification that comes
/// through a pipe, and of flags, start at the current folder.
package struct SpecificationFolder: Sendable {
  /// Absolute.
  package let path: String

  /// - Parameter specification: the specification's file, or what stands for a pipe in messages; nil without one.
  package init(of specification: String?) {
    let isPipe = specification?.hasPrefix("/dev/") ?? true
    path =
      isPipe
      ? FileManager.default.currentDirectoryPath
      : URL(filePath: specification ?? "").standardizedFileURL.deletingLastPathComponent().path
  }

  package func resolved(_ path: String) -> String { AddedFile(path: path).relative(to: self.path).path }
}
