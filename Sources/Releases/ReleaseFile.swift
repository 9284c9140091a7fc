import Checkpoints
import Files
import Vocabulary

/// A file of an EmoGen release, read and recognised.
struct ReleaseFile {
  let path: String
  /// Its own name, without folders, and the digest of the bytes that were read.
  let digest: ModelFile
  let content: ReleaseContent

  var name: String { digest.path }

  /// - Throws: `CheckpointError` naming what the reader refused, or what an unknown file holds.
  init(path: String) throws {
    let file = try TorchFile(path: path)
    self.path = path
    digest = ModelFile(
      path: path.split(separator: "/").last.map(String.init) ?? path, bytes: file.byteCount, sha256: file.sha256)
    content = try ReleaseContent(file)
  }
}

extension [ReleaseFile] {
  /// The one file of a kind that a model has one of; nil where there is none.
  ///
  /// - Throws: `CheckpointError` naming two of them.
  func single<Value>(_ what: String, _ value: (ReleaseContent) -> Value?) throws -> (file: ReleaseFile, value: Value)? {
    let found = compactMap { file in value(file.content).map { (file: file, value: $0) } }
    guard found.count < 2 else {
      throw CheckpointError(
        .unsupported, file: found[1].file.path, "is \(what), and \(found[0].file.path) is one too: name one of them")
    }
    return found.first
  }
}
