import Dispatch
import Vocabulary

/// A weight file's digest, computed on first use, or before that on another thread.
struct WeightDigest: Sendable {
  let source: any TensorFile
  private let name: String

  init(_ source: any TensorFile, as name: String) {
    self.source = source
    self.name = name
  }

  func begin() {
    DispatchQueue.global().async { [source] in _ = source.sha256() }
  }

  var file: ModelFile { ModelFile(path: name, bytes: source.byteCount, sha256: source.sha256()) }
}
