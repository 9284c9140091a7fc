package import Foundation

/// Paths in the source tree of fixtures and the shipped model.
package enum SourceTree {
  /// The package's root folder.
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// `Tests/Fixtures/<path>`.
  package static func fixture(_ path: String) -> String {
    root.appending(path: "Tests/Fixtures/\(path)").path
  }

  /// The model that the project ships.
  package static let tinyModel = root.appending(path: "config/models/tiny").path
}
