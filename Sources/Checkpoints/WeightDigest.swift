import Dispatch
import Synchronization
import Vocabulary

/// A weight file's digest, computed once: on first use, or before that on another thread.
final class WeightDigest: Sendable {
  private let source: SafetensorsFile
  private let name: String
  private let known = Mutex<ModelFile?>(nil)

  init(_ source: SafetensorsFile, as name: String) {
    self.source = source
    self.name = name
  }

  func begin() {
    DispatchQueue.global().async { _ = self.file }
  }

  var file: ModelFile {
    known.withLock { known in
      if let known { return known }
      let file = ModelFile(path: name, bytes: source.byteCount, sha256: source.sha256())
      known = file
      return file
    }
  }
}
