import Datasets
import Foundation
import Synchronization
import TestSupport

/// A small dataset in EmoSet's layout, for tests to damage; its folder is removed when `with` ends.
struct SampleEmoSet {
  let folder: String

  static func with(_ body: (SampleEmoSet) throws -> Void) async throws {
    try await TestFolder.with { folder in
      _ = try SyntheticDataset(perAttribute: 2, size: 32, seed: 3).write(to: folder)
      try body(SampleEmoSet(folder: folder))
    }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func json(_ name: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path(name))))
  }

  func write(_ value: Any, _ name: String) throws {
    try JSONSerialization.data(withJSONObject: value).write(to: URL(filePath: path(name)))
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// The rows of a split.
  func rows(_ name: String = "train.json") throws -> [[Any]] { try json(name) as? [[Any]] ?? [] }

  /// Changes the annotation of a row.
  func annotate(_ row: [Any], _ change: (inout [String: Any]) -> Void) throws {
    let name = row.last as? String ?? ""
    var annotation = try json(name) as? [String: Any] ?? [:]
    change(&annotation)
    try write(annotation, name)
  }
}
