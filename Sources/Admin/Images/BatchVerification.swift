package import Farm
import Files
package import Signing

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
  private var tally = SignatureTally<(index: Int, sha256: String)>()
  /// Files with a signature.
  package var signed: Int { tally.signed }

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
        let stored = try StoredImage.decode(row, in: store).stored
        return try MarkedImage.signature(of: stored.bytes, stored.record, named: store.path(row.sha256))
      } _: { row, result in
        do {
          let signature = try result.get()
          if let problem = signature?.problem {
            add(row.index, row.sha256, "\(store.path(row.sha256)): the signature is broken: \(problem)")
          } else {
            tally.add(signature, of: (row.index, row.sha256))
          }
        } catch let error as FarmError {
          add(row.index, row.sha256, error.description)
        } catch let error as SigningError {
          add(row.index, row.sha256, error.description)
        }
        checked += 1
        onImage(checked)
      }
      guard let end = rows.last?.index else { return }
      last = end
    }
  }

  /// After ``run(_:onImage:)``: files that none of the roots vouches for are problems, too.
  package mutating func require(_ anchors: TrustAnchors) async {
    for (row, message) in await tally.untrusted(by: anchors) {
      add(row.index, row.sha256, "\(store.path(row.sha256)): \(message)")
    }
    problems.sort { $0.index < $1.index }
  }

  private mutating func add(_ index: Int, _ sha256: String, _ message: String) {
    problems.append(Problem(index: index, sha256: sha256, message: message))
  }
}
