package import Farm
import Files

/// Checks the image files of a batch against the database and against their own provenance.
package struct BatchVerification {
  package struct Problem: Sendable, Equatable {
    package let index: Int
    package let sha256: String
    package let message: String
  }

  private let images: ImageIndex
  private let store: ArtifactStore

  package private(set) var checked = 0
  package private(set) var problems: [Problem] = []

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// - Parameter onImage: called with the number of images checked so far.
  package mutating func run(_ batch: Int64, onImage: (Int) -> Void) async throws {
    var last = -1
    while true {
      let rows = try await images.page(batch, after: last, limit: 500)
      try ReadAhead.forEach(rows, width: store.width) { [store] row in
        _ = try StoredImage.decode(row, in: store)
      } _: { row, result in
        do {
          try result.get()
        } catch let error as FarmError {
          problems.append(Problem(index: row.index, sha256: row.sha256, message: error.description))
        }
        checked += 1
        onImage(checked)
      }
      guard let end = rows.last?.index else { return }
      last = end
    }
  }
}
