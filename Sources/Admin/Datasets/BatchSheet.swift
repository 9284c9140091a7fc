package import Farm
import Files
package import Imaging

/// The contact sheet of a batch.
package struct BatchSheet {
  private let images: ImageIndex
  private let store: ArtifactStore

  /// A sheet with more rows would be unreadable.
  package static let largestRows = 200
  /// Pixels of a side that PNG readers accept everywhere.
  private static let largestSide = 16_384

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// Draws the first images of every row.
  ///
  /// - Parameters:
  ///   - columns: images per row.
  ///   - cell: side of a cell in pixels; if nil, the images' own size, up to a limit.
  /// - Throws: `AdminError` if the batch has no image yet or the sheet would be too large; `FarmError` if a file
  ///   is missing, damaged or not the image that its row asks for.
  package func draw(_ batch: Int64, _ plan: SheetPlan, columns: Int, cell: Int?) async throws -> RGBImage {
    var rows: [(label: String, images: [RGBImage])] = []
    for row in plan.rows.prefix(Self.largestRows) {
      var pictures: [RGBImage] = []
      for range in row.ranges where pictures.count < columns {
        let found = try await images.page(batch, after: range.lowerBound - 1, limit: columns - pictures.count)
        pictures += try await BlockingExecutor.run { [store] in
          var images: [RGBImage] = []
          try ReadAhead.forEach(found.filter { range.contains($0.index) }, width: store.width) {
            try StoredImage.decode($0, in: store).image
          } _: {
            images.append(try $1.get())
          }
          return images
        }
      }
      rows.append((row.label, pictures))
    }
    guard rows.contains(where: { !$0.images.isEmpty }) else {
      throw AdminError("batch \(batch) has no image yet: see `emofarm status \(batch)`")
    }
    let side = cell ?? min(256, rows.joined.map { max($0.width, $0.height) }.max() ?? 64)
    guard (side + 8) * columns < Self.largestSide, (side + 8) * rows.count < Self.largestSide else {
      throw AdminError(
        "\(rows.count) rows of \(columns) images of \(side) pixels make a sheet that is too large: choose fewer "
          + "--columns or a smaller --cell")
    }
    return ContactSheet.draw(rows: rows, cell: cell, columns: columns)
  }
}

extension [(label: String, images: [RGBImage])] {
  fileprivate var joined: [RGBImage] { flatMap(\.images) }
}
