package import Farm
import Files
package import Imaging
package import Vocabulary

/// The pictures of a batch with the emotion that each is counted under.
package struct BatchPictures: Sendable {
  private let images: ImageIndex
  private let store: ArtifactStore

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// Calls `body` with every picture that is there, by index; those of no emotion are left out.
  ///
  /// - Throws: `FarmError` where a file is missing, damaged or not the image that its row asks for; what `body` throws.
  package func forEach(of batch: Int64, _ body: (RGBImage, Emotion) throws -> Void) async throws {
    var last = -1
    while true {
      let rows = try await images.page(batch, after: last, limit: 1000)
      guard let end = rows.last else { return }
      for row in rows {
        guard let emotion = Self.emotion(row) else { continue }
        let picture = try await BlockingExecutor.run { [store] in try StoredImage.decode(row, in: store).image }
        try body(picture, emotion)
      }
      last = end.index
    }
  }

  /// A picture of plain text counts for the emotion that its words name, if they name one alone.
  static func emotion(_ row: ImageRow) -> Emotion? {
    if let name = row.emotion { return Emotion(rawValue: name) }
    guard case .text(let text) = row.subject else { return nil }
    return Self.emotion(text: text)
  }

  package static func emotion(text: String) -> Emotion? {
    let words = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
    let named = Emotion.allCases.filter { words.contains($0.rawValue) }
    return named.count == 1 ? named[0] : nil
  }
}
