import Checkpoints
import Foundation
package import Vocabulary

/// The origin of the imported files of a model folder: `import.json`.
package struct ImportRecord: Codable, Hashable, Sendable {
  package static let name = "import.json"

  /// A file that an import wrote.
  package struct File: Codable, Hashable, Sendable {
    /// Relative to the model folder.
    package let path: String
    package let bytes: Int
    package let sha256: String
    /// The files that it was converted from, without their folders.
    package let sources: [ModelFile]
    /// Empty if the file contains no tensors.
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
    /// The tensor's name in the source; null if the source holds a single unnamed tensor.
    package let original: String?
    package let source: String
    package let shape: [Int]

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      // The synthesised encoding would omit the key instead of writing null.
      try container.encode(original, forKey: .original)
      try container.encode(source, forKey: .source)
      try container.encode(shape, forKey: .shape)
    }
  }

  /// Contents of a source that the model folder does not take over.
  package struct LeftOut: Codable, Hashable, Sendable {
    package let source: String
    package let reason: String
    package let names: [String]
  }

  /// Sorted by path.
  package let files: [File]

  init(_ files: [File]) {
    self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Reads a model folder's record; nil if there is none.
  ///
  /// - Throws: `CheckpointError` if the file is not such a record.
  package static func read(in folder: String) throws -> ImportRecord? {
    let file = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try ConfigFile.read(from: file)
  }

  /// This record plus the files of an earlier record that were not overwritten and still exist.
  func following(_ earlier: ImportRecord?, in folder: String) -> ImportRecord {
    let own = Set(files.map(\.path))
    let kept = (earlier?.files ?? []).filter {
      !own.contains($0.path) && FileManager.default.fileExists(atPath: "\(folder)/\($0.path)")
    }
    return ImportRecord(files + kept)
  }
}
