import Files

extension ArtifactStore {
  /// The store's marker; nil if it has none.
  ///
  /// - Throws: ``FarmError``: `storeRefused` if it cannot be understood, `fileSystem`.
  package func marker() throws(FarmError) -> StoreMarker? {
    let path = markerPath
    guard let bytes = try Self.files({ () throws(FileError) in try File.contents(path) }) else { return nil }
    return try StoreMarker(bytes, at: path)
  }

  /// Writes a marker durably, unless the store has one.
  ///
  /// - Parameter replacing: whether to replace the marker that is there.
  /// - Returns: the marker that the store then has: of two farms that begin with one store at the same time, the first
  ///   gets it.
  package func mark(_ marker: StoreMarker, replacing: Bool = false) throws -> StoreMarker {
    let (bytes, path) = (try marker.bytes, markerPath)
    try Self.files { () throws(FileError) in
      try Folder.make(root)
      if replacing {
        try DurableFile.write(bytes, to: path)
      } else {
        try DurableFile.create(bytes, at: path)
      }
    }
    return try self.marker() ?? marker
  }

  private var markerPath: String { "\(root)/\(StoreMarker.name)" }

  /// What the store holds, as far as its marker may depend on it.
  ///
  /// - Parameter files: the digests of the farm's latest images.
  func contents(latest files: [String]) throws(FarmError) -> StoreClaim.Contents {
    for digest in files where File.exists(path(digest)) { return .latestFiles }
    for folder in try folders() {
      if try self.files(in: folder).contains(where: { $0.sha256 != nil }) { return .otherFiles }
    }
    return .nothing
  }
}
