import Files

/// An accepted image whose file is of no use.
package struct FileFault: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
    case missing
    /// The file's bytes differ from what was published.
    case damaged
    /// The file is intact, but it is not the image that its row and batch ask for.
    case untrue
  }

  /// How much of a file is read.
  package enum Depth: Sendable {
    /// Its size and its provenance.
    case beginning
    /// Also its digest.
    case whole
    /// Also its pixels, which are compared with the provenance.
    case pixels
  }

  package let batch: Int64
  package let index: Int
  package let sha256: String
  package let kind: Kind
  package let message: String

  /// Examines the file of a row; blocks on the disk.
  ///
  /// - Returns: nil if the file is right.
  /// - Throws: ``FarmError`` for anything that is not the file's fault, such as a store that was unmounted.
  package static func find(_ row: ImageRow, in store: ArtifactStore, _ depth: Depth) throws -> FileFault? {
    do {
      switch depth {
      case .beginning: try StoredImage.check(row, in: store)
      case .whole: _ = try StoredImage(row, in: store)
      case .pixels: _ = try StoredImage.decode(row, in: store)
      }
      return nil
    } catch let error as FarmError {
      guard let fault = FileFault(row, error) else { throw error }
      return fault
    }
  }

  /// nil if the error does not say that the file of a row is of no use.
  package init?(_ row: ImageRow, _ error: FarmError) {
    switch error.code {
    case .artifactMissing: kind = .missing
    case .artifactDamaged: kind = .damaged
    case .artifactUntrue: kind = .untrue
    default: return nil
    }
    (batch, index, sha256) = (row.batch, row.index, row.sha256)
    message = error.description
  }
}
