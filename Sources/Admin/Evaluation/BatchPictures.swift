package import Farm
import Files
package import Imaging
package import Vocabulary

/// A batch's images, each with the emotion that it counts under.
package struct BatchPictures: Sendable {
  private let images: ImageIndex
  private let store: ArtifactStore

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// Calls `body` with every image of some emotions, emotion by emotion, then by index, and with their total number.
  ///
  /// - Throws: `FarmError` if a file is missing, damaged or not the image that its row asks for, and what `body` throws.
  package func forEach(
    of batch: Int64, _ emotions: [Emotion] = Emotion.allCases,
    _ body: (_ image: RGBImage, _ emotion: Emotion, _ total: Int) throws -> Void
  ) async throws {
    // Where each emotion's images begin and end: batches list them cell by cell.
    var ranges: [Emotion: ClosedRange<Int>] = [:]
    var total = 0
    try await forEachPage(of: batch) { rows in
      for row in rows {
        guard let emotion = Self.emotion(row) else { continue }
        ranges[emotion] = (ranges[emotion]?.lowerBound ?? row.index)...row.index
        if emotions.contains(emotion) { total += 1 }
      }
    }
    for emotion in emotions {
      guard let range = ranges[emotion] else { continue }
      try await forEachPage(of: batch, range) { rows in
        let rows = rows.filter { Self.emotion($0) == emotion }
        for start in stride(from: 0, to: rows.count, by: store.width) {
          let group = Array(rows[start..<min(start + store.width, rows.count)])
          let images = try await BlockingExecutor.run { [store] in
            var images: [RGBImage] = []
            try ReadAhead.forEach(group, width: store.width) {
              try StoredImage.decode($0, in: store).image
            } _: {
              images.append(try $1.get())
            }
            return images
          }
          for image in images { try body(image, emotion, total) }
        }
      }
    }
  }

  private func forEachPage(
    of batch: Int64, _ range: ClosedRange<Int> = 0...Int.max, _ body: ([ImageRow]) async throws -> Void
  ) async throws {
    var last = range.lowerBound - 1
    while true {
      let rows = try await images.page(batch, after: last, limit: 1000)
      guard let end = rows.last else { return }
      try await body(rows.filter { range.contains($0.index) })
      guard end.index < range.upperBound else { return }
      last = end.index
    }
  }

  /// An image of plain text counts under the emotion that its words name, if they name exactly one.
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
