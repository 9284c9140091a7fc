import Files
package import Foundation

/// The small file in a store that names the farm whose images it holds.
package struct StoreMarker: Codable, Hashable, Sendable {
  package let farm: UUID
  /// When it was written, RFC 3339; for people.
  package let made: String

  /// The object's name beside the folders of images.
  package static let name = "farm.json"
  /// A larger object is none that this program wrote.
  static let largestBytes = 1 << 16

  package init(farm: UUID, now: Date = Date()) {
    self.farm = farm
    made = now.formatted(.iso8601)
  }

  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return Array(try encoder.encode(self)) + Array("\n".utf8)
    }
  }

  /// - Parameter place: of the object, for the error.
  /// - Throws: ``FarmError`` (`storeRefused`) if the bytes are not a marker.
  init(_ bytes: [UInt8], at place: String) throws(FarmError) {
    do {
      self = try JSONDecoder().decode(StoreMarker.self, from: Data(bytes))
    } catch {
      throw FarmError(
        .storeRefused,
        "\(place) does not name a farm: restore it from a backup, or write it again with: emofarm store adopt")
    }
  }
}
