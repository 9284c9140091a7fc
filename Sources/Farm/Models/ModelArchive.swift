import Crypto
import Files
import Foundation
package import Vocabulary

/// Models in a farm's store, so that a worker needs no path that other machines share.
///
/// Each file is stored once under the digest of its bytes; a list of the files under the model's digest, written last,
/// makes the model whole.
package struct ModelArchive: Sendable {
  /// The files of a model, and which of them is the model if it is a single file.
  package struct Contents: Codable, Hashable, Sendable {
    package let files: [ModelFile]
    /// Small documents of the folder that do not determine the images, such as `model_index.json`.
    package let documents: [ModelFile]
    /// The file's path; "" for a model that is a folder.
    package let entry: String

    package var bytes: Int64 { all.reduce(0) { $0 + Int64($1.bytes) } }
    package var all: [ModelFile] { files + documents }
  }

  private let store: ArtifactStore

  package init(_ store: ArtifactStore) {
    self.store = store
  }

  private static func name(ofModel digest: String) -> String { "models/\(digest).json" }
  private static func name(ofFile sha256: String) -> String { "models/files/\(sha256.prefix(2))/\(sha256)" }

  /// Stores what the store lacks of a model; blocks.
  ///
  /// - Parameters:
  ///   - root: the folder to which the model's files are relative.
  ///   - documents: other small files that the folder needs to be recognised.
  ///   - onFile: called before each file is sent.
  /// - Returns: the bytes that were sent.
  /// - Throws: ``FarmError``: `modelChanged` if a file is no longer the described one, and as the store.
  package func upload(
    _ model: ModelDescription, root: String, documents: [ModelFile], onFile: (ModelFile) throws -> Void = { _ in }
  ) throws -> Int64 {
    try store.checkOwner()
    var sent: Int64 = 0
    for file in model.files + documents {
      let name = Self.name(ofFile: file.sha256)
      guard try store.store.size(of: name) != Int64(file.bytes) else { continue }
      try onFile(file)
      try store.store.send("\(root)/\(file.path)", as: name)
      sent += Int64(file.bytes)
      guard try store.store.size(of: name) == Int64(file.bytes) else {
        throw FarmError(
          .modelChanged, "\(root)/\(file.path) changed while it was sent: add the model again when it is complete")
      }
    }
    let entry = model.folder == root ? "" : String(model.folder.dropFirst(root.count + 1))
    let contents = try JSONEncoder().encode(Contents(files: model.files, documents: documents, entry: entry))
    _ = try store.store.put(Array(contents), as: Self.name(ofModel: model.digest))
    return sent
  }

  /// The files of the model with a digest; nil if the store does not have it.
  ///
  /// - Throws: ``FarmError``: `modelChanged` if the list is not that model's.
  package func contents(of digest: String) throws -> Contents? {
    let name = Self.name(ofModel: digest)
    guard let bytes = try store.store.get(name) else { return nil }
    guard let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
      ModelDescription.digest(of: contents.files) == digest, contents.all.allSatisfy({ Self.isPlain($0.path) }),
      contents.all.allSatisfy({ $0.bytes >= 0 && Hex.decode($0.sha256)?.count == 32 }),
      contents.entry.isEmpty || contents.files.contains(where: { $0.path == contents.entry })
    else {
      throw FarmError(
        .modelChanged,
        "\(store.store.describe(name)) is not the list of the model's files: write it again with `emofarm models add "
          + "--upload`")
    }
    return contents
  }

  /// Calls `body` with the bytes of a file from an offset on.
  ///
  /// - Throws: ``FarmError``: `artifactMissing`, and as the store.
  package func read(_ file: ModelFile, from offset: Int64, _ body: ([UInt8]) throws -> Void) throws {
    let name = Self.name(ofFile: file.sha256)
    guard try store.store.read(name, from: offset, body) else {
      throw FarmError(
        .artifactMissing,
        "\(store.store.describe(name)), the model's \(file.path), is missing: send it again with `emofarm models add "
          + "--upload`")
    }
  }

  /// Whether a path stays inside the model's folder.
  private static func isPlain(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.utf8.contains(0)
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }
}
