import Files
import Imaging

/// A PNG keeps its manifest store in a caBX chunk, here the last one before the pixels, so that what stands in front of
/// them is read as before.
enum PNGContainer: ManifestContainer {
  private static let chunk = "caBX"

  static func place(in file: [UInt8], named name: String) throws -> ManifestPlace? {
    let found = try PNGChunks(file, named: name).chunks.filter { $0.name == chunk }
    guard found.count <= 1 else {
      throw SigningError(.malformed, file: name, "the PNG carries \(found.count) manifest stores")
    }
    return found.first.map { ManifestPlace(store: Array(file[$0.data]), range: $0.whole) }
  }

  static func embedding(
    _ store: [UInt8], in file: [UInt8], named name: String
  ) throws -> (file: [UInt8], range: Range<Int>) {
    guard let pixels = try PNGChunks(file, named: name).chunks.first(where: { $0.name == "IDAT" }) else {
      throw SigningError(.file, file: name, "the PNG has no pixels")
    }
    let added = PNGChunks.serialized(chunk, store)
    return (
      Array(file[..<pixels.offset] + added + file[pixels.offset...]), pixels.offset..<pixels.offset + added.count
    )
  }
}
