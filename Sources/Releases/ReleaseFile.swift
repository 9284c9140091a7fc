import Checkpoints
import Files
import Vocabulary

/// A recognised file of an EmoGen release.
struct ReleaseFile {
  let path: String
  /// The file's name without folders and the digest of the bytes that were read.
  let digest: ModelFile
  let content: ReleaseContent

  var name: String { digest.path }

  /// - Throws: `CheckpointError` if the reader refuses the file or its content is unknown.
  init(path: String) throws {
    try Self.refuseBaseModel(path)
    let file = try TorchFile(path: path)
    self.path = path
    digest = ModelFile(
      path: path.split(separator: "/").last.map(String.init) ?? path, bytes: file.byteCount, sha256: file.sha256)
    content = try ReleaseContent(file)
  }

  /// - Throws: `CheckpointError` if the file is a checkpoint of Stable Diffusion, which needs no import.
  private static func refuseBaseModel(_ path: String) throws {
    guard let file = try? TensorFiles.open(path),
      file.tensorNames.contains(where: { $0.hasPrefix("model.diffusion_model.") })
    else { return }
    throw CheckpointError(
      .unsupported, file: path,
      "is a Stable Diffusion checkpoint, not a file of an EmoGen release: convert it first with "
        + "'emofarm models convert \(path) --out DIR', then import a release into DIR")
  }
}

extension [ReleaseFile] {
  /// The file of a kind that a model has at most once; nil if there is none.
  ///
  /// - Throws: `CheckpointError` naming two files if there are several.
  func single<Value>(_ what: String, _ value: (ReleaseContent) -> Value?) throws -> (file: ReleaseFile, value: Value)? {
    let found = compactMap { file in value(file.content).map { (file: file, value: $0) } }
    guard found.count < 2 else {
      throw CheckpointError(
        .unsupported, file: found[1].file.path,
        "is \(what), and \(found[0].file.path) is one too: give only one of them")
    }
    return found.first
  }
}
