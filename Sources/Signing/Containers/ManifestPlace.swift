/// Where a file's manifest store stands: the bytes of the store, and the bytes that its hash leaves out, which are the
/// store with what the format puts around it.
struct ManifestPlace: Sendable, Equatable {
  let store: [UInt8]
  let range: Range<Int>
}

/// A file format that carries manifest stores. Files are not checked beyond what finding and placing a store needs.
protocol ManifestContainer {
  /// - Throws: ``SigningError`` if the file is damaged or carries several stores; nil if it carries none.
  static func place(in file: [UInt8], named name: String) throws -> ManifestPlace?

  /// The file with `store`, and the range that its hash leaves out, which depends on the store's length alone.
  ///
  /// - Parameter file: without a store.
  static func embedding(_ store: [UInt8], in file: [UInt8], named name: String) throws -> (
    file: [UInt8], range: Range<Int>
  )

  /// The file without the store at `place`.
  static func removing(_ place: ManifestPlace, from file: [UInt8]) -> [UInt8]
}

extension ManifestContainer {
  static func removing(_ place: ManifestPlace, from file: [UInt8]) -> [UInt8] {
    Array(file[..<place.range.lowerBound] + file[place.range.upperBound...])
  }
}
