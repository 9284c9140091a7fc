import Postgres

/// A page of a gallery.
package struct GalleryFound: Sendable {
  package var images: [GalleryImage] = []
  /// Where the next page goes on; nil at the end of the batch.
  package var next: GalleryPlace?
  /// Whether the time was up before the page was full: the next page goes on searching.
  package var isCutShort = false
}

extension ImageIndex {
  /// The wanted images of a batch after a place.
  ///
  /// - Parameters:
  ///   - place: of the order; nil for the beginning.
  ///   - window: images that are looked at in one statement, if the filter decides image by image.
  ///   - patience: how long it looks for images that a filter lets through, a window's time more or less.
  package func gallery(
    _ batch: Int64, _ filter: ImageFilter = .everything, order: GalleryOrder, after place: GalleryPlace? = nil,
    limit: Int, window: Int = 5000, patience: Duration = .milliseconds(75)
  ) async throws -> GalleryFound {
    let indices = filter.indices
    guard !indices.isEmpty else { return GalleryFound() }
    let last = order.end(of: indices)
    return try await pool.withConnection { connection in
      var found = GalleryFound()
      var place = order.start(place, of: indices)
      let deadline = ContinuousClock.now + patience
      // Where the filter passes every image of a cell, a page is full after as many.
      let isWindowed = order == .index ? !filter.isOfCells : filter != .everything
      while true {
        let edge = isWindowed ? try await windowEnd(batch, filter, order, after: place, window, connection) : nil
        let missing = limit - found.images.count
        // One more tells whether there are more.
        let rows = try await connection.query(
          Self.page(batch, filter, order, after: place, through: edge ?? last, limit: missing + 1))
        let images = try rows.map { try GalleryImage($0, order) }
        found.images += images.prefix(missing)
        if images.count > missing {
          found.next = found.images.last?.place(in: order)
          return found
        }
        guard let edge, order.isBefore(edge, last) else { return found }
        place = edge
        guard ContinuousClock.now < deadline else {
          found.next = edge
          found.isCutShort = true
          return found
        }
      }
    }
  }

  private func windowEnd(
    _ batch: Int64, _ filter: ImageFilter, _ order: GalleryOrder, after place: GalleryPlace?,
    _ window: Int, _ connection: PostgresConnection
  ) async throws -> GalleryPlace? {
    switch order {
    case .index:
      let statement = GallerySQL.byIndexEnd(batch, filter, after: Self.index(place), window: window)
      return try await connection.query(statement).first.map { .index(try $0.int("idx")) }
    case .doubt:
      let statement = GallerySQL.byDoubtEnd(batch, after: Self.doubt(place), window: window)
      return try await connection.query(statement).first.map {
        .doubt(Float(try $0.double("asked")), try $0.int("idx"))
      }
    case .rejected:
      let statement = GallerySQL.rejectedEnd(batch, after: Self.trial(place), window: window)
      return try await connection.query(statement).first.map { .trial(try $0.int("idx"), try $0.int("trial")) }
    }
  }

  private static func page(
    _ batch: Int64, _ filter: ImageFilter, _ order: GalleryOrder, after place: GalleryPlace?,
    through end: GalleryPlace?, limit: Int
  ) -> SQL {
    switch order {
    case .index:
      GallerySQL.byIndex(
        batch, filter, after: index(place), through: end.map { index($0) } ?? Int(Int32.max), limit: limit)
    case .doubt:
      GallerySQL.byDoubt(batch, filter, after: doubt(place), through: end.map { doubt($0) }, limit: limit)
    case .rejected:
      GallerySQL.rejected(batch, filter, after: trial(place), through: end.map { trial($0) }, limit: limit)
    }
  }

  // A place of another order is the beginning.

  private static func index(_ place: GalleryPlace?) -> Int {
    if case .index(let index) = place { index } else { -1 }
  }

  private static func doubt(_ place: GalleryPlace?) -> (Float, Int) {
    if case .doubt(let probability, let index) = place { (probability, index) } else { (-1, -1) }
  }

  private static func trial(_ place: GalleryPlace?) -> (Int, Int) {
    if case .trial(let index, let trial) = place { (index, trial) } else { (-1, -1) }
  }
}
