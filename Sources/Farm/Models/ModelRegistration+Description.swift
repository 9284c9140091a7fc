import Checkpoints
package import EmoGen

extension ModelRegistration {
  /// A model folder as the farm registers it.
  package init(_ model: ModelDescription, name: String) {
    self.init(
      name: name, folder: model.folder, digest: model.digest, multiple: model.multiple,
      files: model.files.map { RegisteredFile(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) },
      defaults: model.defaults)
  }
}
