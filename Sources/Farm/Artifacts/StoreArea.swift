import Files

/// A part of a store whose unused files a collection deletes.
package enum StoreArea: Hashable, Sendable, CaseIterable {
  /// What workers published.
  case images
  /// What jobs read: models, added files, start pictures, training data.
  case inputs

  /// What the names begin with.
  var prefix: String {
    switch self {
    case .images: "\(ArtifactName.images)/"
    case .inputs: "\(InputName.place)/"
    }
  }

  /// The digest in the name of a file of this part; nil for any other name.
  func digest(_ name: String) -> String? {
    switch self {
    case .images: ArtifactName.digest(name)
    case .inputs: InputName.digest(name)
    }
  }

  /// The digest in the name of a file of either part.
  static func digest(_ name: String) -> String? { ArtifactName.digest(name) ?? InputName.digest(name) }
}
