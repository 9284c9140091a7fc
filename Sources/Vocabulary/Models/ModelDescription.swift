import Crypto
import Files
import Foundation

/// A model folder without its networks: enough to plan, to register and to tell whether it changed.
package struct ModelDescription: Hashable, Sendable {
  /// The folder's own name, or the name it is registered under.
  package var name: String
  /// Absolute, and the same on every machine with workers.
  package let folder: String
  /// SHA-256 over the sorted lines `path sha256` of the files, in hexadecimal: changes when any file does.
  package let digest: String
  /// What widths and heights must be multiples of, in pixels.
  package let multiple: Int
  /// Every file that decides what an image looks like.
  package let files: [ModelFile]
  /// Settings used if a request names none.
  package let defaults: RenderSettings

  /// - Parameter digest: as it was recorded; computed from the files if nil.
  package init(
    name: String, folder: String, digest: String? = nil, multiple: Int, files: [ModelFile], defaults: RenderSettings
  ) {
    self.name = name
    self.folder = folder
    self.digest = digest ?? Self.digest(of: files)
    self.multiple = multiple
    self.files = files
    self.defaults = defaults
  }

  private static func digest(of files: [ModelFile]) -> String {
    let lines = files.map { "\($0.path) \($0.sha256)\n" }.sorted().joined()
    return Hex.encode(SHA256.hash(data: Data(lines.utf8)))
  }

  /// The same model under another name.
  package func named(_ name: String) -> ModelDescription {
    var model = self
    model.name = name
    return model
  }

  /// Which files differ between two states of a folder, in words: `unet/x.safetensors (changed)`.
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
