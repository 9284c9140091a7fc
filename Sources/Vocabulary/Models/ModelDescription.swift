import Crypto
import Files
import Foundation

/// A model folder without its weights: enough to plan, to register and to detect changes.
package struct ModelDescription: Hashable, Sendable {
  /// The folder's own name, or the name it is registered under.
  package var name: String
  /// The absolute path. A worker that does not have it looks for the digest in the farm's store.
  package let folder: String
  /// Which weights of the folder are read if it holds several, such as `fp16`; nil for its usual ones.
  package let variant: String?
  /// SHA-256 over the sorted lines `path sha256` of the files, in hexadecimal. It changes when any file does.
  package let digest: String
  /// Widths and heights must be multiples of this number of pixels.
  package let multiple: Int
  /// Every file that determines the images.
  package let files: [ModelFile]
  /// The settings of requests that name none.
  package let defaults: RenderSettings

  /// - Parameter digest: the recorded digest; if nil, it is computed from the files.
  package init(
    name: String, folder: String, variant: String? = nil, digest: String? = nil, multiple: Int, files: [ModelFile],
    defaults: RenderSettings
  ) {
    self.name = name
    self.folder = folder
    self.variant = variant
    self.digest = digest ?? Self.digest(of: files)
    self.multiple = multiple
    self.files = files
    self.defaults = defaults
  }

  /// The digest of a model with these files.
  package static func digest(of files: [ModelFile]) -> String {
    let lines = files.map { "\($0.path) \($0.sha256)\n" }.sorted().joined()
    return Hex.encode(SHA256.hash(data: Data(lines.utf8)))
  }

  /// Returns the same model under another name.
  package func named(_ name: String) -> ModelDescription {
    var model = self
    model.name = name
    return model
  }

  /// The files that differ between two states of a folder, in words: `unet/x.safetensors (changed)`.
  package func differences(from other: ModelDescription) -> [String] {
    let mine = Dictionary(files.map { ($0.path, $0.sha256) }) { $1 }
    let theirs = Dictionary(other.files.map { ($0.path, $0.sha256) }) { $1 }
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { path in
      switch (mine[path], theirs[path]) {
      case (let left?, let right?): left == right ? nil : "\(path) (changed)"
      case (_?, nil): "\(path) (missing)"
      case (nil, _): "\(path) (new)"
      }
    }
  }
}

/// A file that determines a model's images, with the digest of its bytes.
package struct ModelFile: Codable, Hashable, Sendable {
  /// The path relative to the model's folder, e.g. `unet/diffusion_pytorch_model.safetensors`.
  package let path: String
  package let bytes: Int
  /// The SHA-256 in lower-case hexadecimal.
  package let sha256: String

  package init(path: String, bytes: Int, sha256: String) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }
}
