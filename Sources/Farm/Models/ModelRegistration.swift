package import Vocabulary

/// What the farm must know of a model folder.
package struct ModelRegistration: Codable, Hashable, Sendable {
  package let name: String
  /// Absolute, and the same on every machine with workers.
  package let folder: String
  /// SHA-256 over the sorted "path sha256" lines of the files, in hexadecimal.
  package let digest: String
  /// What image sides must be multiples of, in pixels.
  package let multiple: Int
  package let files: [ModelFile]
  package let defaults: RenderSettings

  package init(
    name: String, folder: String, digest: String, multiple: Int, files: [ModelFile], defaults: RenderSettings
  ) {
    self.name = name
    self.folder = folder
    self.digest = digest
    self.multiple = multiple
    self.files = files
    self.defaults = defaults
  }

  /// Which files differ between two states of a folder, in words: `unet/x.safetensors (changed)`.
  package func differences(from other: ModelRegistration) -> [String] {
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
