package import Farm
import Provenance

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
      for row in rows {
        do {
          try check(row)
        } catch let error as any CustomStringConvertible {
          problems.append(Problem(index: row.index, sha256: row.sha256, message: error.description))
        }
        checked += 1
        onImage(checked)
      }
      guard let end = rows.last?.index else { return }
      last = end
    }
  }

  /// The file's digest, its chunks and pixels, then what the row says against what the file says.
  private func check(_ row: ImageRow) throws {
    let bytes = try store.read(row.sha256)
    let record = try PNGProvenance.verify(bytes, named: store.path(row.sha256))
    func compare(_ what: String, _ database: String, _ file: String) throws {
      guard database == file else {
        throw AdminError("the database says \(what) \(database), the file's provenance says \(file)")
      }
    }
    try compare("size", String(row.bytes), String(bytes.count))
    try compare("pixels", row.rgbSHA256, record.rgbSHA256)
    try compare("seed", String(row.seed), String(record.spec.seed))
    try compare("engine", row.engine, record.engineKind)
    try compare("steps", String(row.actualSteps), String(record.actualSteps))
    guard row.subject == record.spec.subject, row.settings == record.spec.settings else {
      throw AdminError("the file's provenance names another subject or other settings than the batch")
    }
  }
}
