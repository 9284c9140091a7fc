import Files

extension ArtifactStore {
  /// The store's marker; nil if it has none.
  ///
  /// - Throws: ``FarmError``: `storeRefused` if it cannot be understood, `fileSystem`.
  package func marker() throws(FarmError) -> StoreMarker? {
    guard let bytes = try store.get(ArtifactName.marker) else { return nil }
    return try StoreMarker(bytes, at: store.describe(ArtifactName.marker))
  }

  /// Writes a marker durably, unless the store has one.
  ///
  /// - Parameter replacing: whether to replace the marker that is there.
  /// - Returns: the marker that the store then has: of two farms that begin with one store at the same time, the first
  ///   gets it.
  package func mark(_ marker: StoreMarker, replacing: Bool = false) throws -> StoreMarker {
    if replacing {
      _ = try store.put(try marker.bytes, as: ArtifactName.marker)
    } else {
      try store.create(try marker.bytes, as: ArtifactName.marker)
    }
    return try self.marker() ?? marker
  }

  /// What the store holds, as far as its marker may depend on it.
  ///
  /// - Parameter files: the digests of the farm's latest images.
  func contents(latest files: [String]) throws(FarmError) -> StoreClaim.Contents {
    for digest in files where try store.size(of: ArtifactName.image(digest)) != nil { return .latestFiles }
    let listing = try store.listing(restoring: false)
    while let page = try listing.next() {
      if page.files.contains(where: { $0.sha256 != nil }) { return .otherFiles }
    }
    return .nothing
  }
}
