import Checkpoints
import Foundation
package import Vocabulary

/// Where the imported files of a model folder came from: `import.json`.
package struct ImportRecord: Codable, Hashable, Sendable {
  package static let name = "import.json"

  /// A file that an import wrote.
  package struct File: Codable, Hashable, Sendable {
    /// Relative to the model folder.
    package let path: String
    package let bytes: Int
    package let sha256: String
    /// The files that it was made from, without their folders.
    package let sources: [ModelFile]
    /// Empty where the file holds none.
    package let tensors: [Tensor]
    package let leftOut: [LeftOut]

    enum CodingKeys: String, CodingKey {
      case path, bytes, sha256, sources, tensors
      case leftOut = "left_out"
    }

    init(_ written: ModelFile, sources: [ModelFile], tensors: [Tensor], leftOut: [LeftOut]) {
      path = written.path
      bytes = written.bytes
      sha256 = written.sha256
      self.sources = sources
      self.tensors = tensors
      self.leftOut = leftOut
    }
  }

  package struct Tensor: Codable, Hashable, Sendable {
    package let name: String
    /// What the source calls it; null where that holds one tensor without a name.
    package let original: String?
    package let source: String
    package let shape: [Int]

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      // Written as null where there is none, which would be left out otherwise.
      try container.encode(original, forKey: .original)
      try container.encode(source, forKey: .source)
      try container.encode(shape, forKey: .shape)
    }
  }

  /// What a source holds and the model folder does not.
  package struct LeftOut: Codable, Hashable, Sendable {
    package let source: String
    package let reason: String
    package let names: [String]
  }

  /// By path.
  package let files: [File]

  init(_ files: [File]) {
    self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The record in a model folder; nil where there is none.
  ///
  /// - Throws: `CheckpointError` for a file of that name that is no such record.
  package static func read(in folder: String) throws -> ImportRecord? {
    let file = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try ConfigFile.read(from: file)
  }

  /// This record with the files of an earlier one that were not written again and are still there.
  func following(_ earlier: ImportRecord?, in folder: String) -> ImportRecord {
    let own = Set(files.map(\.path))
    let kept = (earlier?.files ?? []).filter {
      !own.contains($0.path) && FileManager.default.fileExists(atPath: "\(folder)/\($0.path)")
    }
    return ImportRecord(files + kept)
  }
}
