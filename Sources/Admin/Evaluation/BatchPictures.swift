package import Farm
import Files
package import Imaging
package import Vocabulary

/// A batch's images, each with the emotion that it counts under.
package struct BatchPictures: Sendable {
  /// An image of a batch, as far as it was asked for.
  package struct Picture: Sendable {
    /// nil if only its measurement was asked for.
    package let image: RGBImage?
    package let measurement: ImageMeasurement?
  }

  package struct Uses: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let pixels = Uses(rawValue: 1)
    /// Images without a measurement are read.
    package static let measurements = Uses(rawValue: 2)
  }

  private let images: ImageIndex
  private let store: ArtifactStore

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// Calls `body` with every image of some emotions, emotion by emotion, then by index, and with their total number.
  ///
  /// - Parameters:
  ///   - onSkipped: called first with the index of each image that counts under no emotion.
  ///   - uses: which of an image are read: its pixels, or what was measured of it where it was made.
  /// - Throws: `FarmError` if a file is missing, damaged or not the image that its row asks for, and what `body` throws.
  package func forEach(
    of batch: Int64, _ emotions: [Emotion] = Emotion.allCases, uses: Uses = .pixels,
    onSkipped: (_ index: Int) -> Void = { _ in },
    _ body: (_ picture: Picture, _ emotion: Emotion, _ total: Int) throws -> Void
  ) async throws {
    // Where each emotion's images begin and end: batches list them cell by cell.
    var ranges: [Emotion: ClosedRange<Int>] = [:]
    var total = 0
    try await forEachPage(of: batch) { rows in
      for row in rows {
        guard let emotion = Self.emotion(row) else {
          onSkipped(row.index)
          continue
        }
        ranges[emotion] = (ranges[emotion]?.lowerBound ?? row.index)...row.index
        if emotions.contains(emotion) { total += 1 }
      }
    }
    for emotion in emotions {
      guard let range = ranges[emotion] else { continue }
      try await forEachPage(of: batch, range) { rows in
        let rows = rows.filter { Self.emotion($0) == emotion }
        guard let first = rows.first, let last = rows.last else { return }
        let measurements =
          uses.contains(.measurements)
          ? try await images.measurements(batch, in: first.index...last.index, embeddings: true) : [:]
        for start in stride(from: 0, to: rows.count, by: store.width) {
          let group = Array(rows[start..<min(start + store.width, rows.count)])
          let pictures = try await BlockingExecutor.run { [store] in
            var pictures: [Picture] = []
            try ReadAhead.forEach(group, width: store.width) { row in
              let isNeeded = uses.contains(.pixels) || measurements[row.index] == nil
              return isNeeded ? try StoredImage.decode(row, in: store).image : nil
            } _: { row, image in
              pictures.append(Picture(image: try image.get(), measurement: measurements[row.index]))
            }
            return pictures
          }
          for picture in pictures { try body(picture, emotion, total) }
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
