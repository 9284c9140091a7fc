/// Finds hashes near another one among those whose pictures have nearly its mean colour.
///
/// Hashes lie in shelves by the level of green, and those of the shelves in question are all compared: hashes of similar
/// pictures share most of their bits, so that tables of parts of their bits hold long chains.
struct ColouredHashes: Sendable {
  private struct Shelf {
    var hashes: [UInt64] = []
    var values: [Int32] = []
    var colours: [PictureColour] = []
  }

  /// Levels of a shelf.
  private static let levels = 4
  private var shelves = [Shelf](repeating: Shelf(), count: 256 / levels)

  /// - Parameter value: what a search returns.
  mutating func insert(_ view: PictureSignature.View, _ value: Int32) {
    let shelf = Self.shelf(view.colour.y)
    shelves[shelf].hashes.append(view.hash.bits)
    shelves[shelf].values.append(value)
    shelves[shelf].colours.append(view.colour)
  }

  /// Calls `body` with each entry whose hash differs in at most `radius` bits, and whose colour by at most `colour` levels.
  func forEach(
    near view: PictureSignature.View, within radius: Int, colour: Float,
    _ body: (_ value: Int32, _ distance: Int) -> Void
  ) {
    for shelf in shelves[Self.shelf(view.colour.y - colour)...Self.shelf(view.colour.y + colour)] {
      shelf.hashes.withUnsafeBufferPointer { hashes in
        for index in hashes.indices {
          let distance = (hashes[index] ^ view.hash.bits).nonzeroBitCount
          if distance <= radius, (shelf.colours[index] - view.colour).largest <= colour {
            body(shelf.values[index], distance)
          }
        }
      }
    }
  }

  private static func shelf(_ level: Float) -> Int { Int(min(max(level, 0), 255)) / levels }
}
