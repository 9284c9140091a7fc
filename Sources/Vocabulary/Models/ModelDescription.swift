import Crypto
import Foundation

/// What a model folder holds, without its networks: enough to plan, to register and to tell whether it changed.
package struct ModelDescription: Hashable, Sendable {
  /// The folder's own name.
  package let name: String
  /// Absolute path.
  package let folder: String
  /// Settings used where a request names none.
  package let defaults: RenderSettings
  /// Widths and heights must be multiples of this.
  package let multiple: Int
  /// Whether the folder has EmoGen's parts beside the base model; without them only plain text renders.
  package let hasEmotions: Bool
  /// Every file that decides what an image looks like, by path relative to the folder.
  package let files: [ModelFile]

  package init(
    name: String, folder: String, defaults: RenderSettings, multiple: Int, hasEmotions: Bool, files: [ModelFile]
  ) {
    self.name = name
    self.folder = folder
    self.defaults = defaults
    self.multiple = multiple
    self.hasEmotions = hasEmotions
    self.files = files
  }

  /// SHA-256 over the sorted lines `path sha256`: changes when any of the files does.
  package var digest: String {
    let lines = files.map { "\($0.path) \($0.sha256)\n" }.sorted().joined()
    return SHA256.hash(data: Data(lines.utf8)).map { String(format: "%02x", $0) }.joined()
  }
}
