package import Vocabulary

extension ModelRegistration {
  /// A model folder as the farm registers it.
  package init(_ model: ModelDescription, name: String) {
    self.init(
      name: name, folder: model.folder, digest: model.digest, multiple: model.multiple,
      files: model.files,
      defaults: model.defaults)
  }
}
