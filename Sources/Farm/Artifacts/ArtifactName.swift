import Files

/// The names of a farm's files in its store.
enum ArtifactName {
  static let images = "sha256"
  static let marker = "\(images)/\(StoreMarker.name)"

  /// The name of an image: `sha256/ab/cd/<hex>.png`.
  static func image(_ sha256: String) -> String {
    let digits = Array(sha256.utf8.prefix(4))
    guard digits.count == 4 else { return "\(images)/\(sha256).png" }
    let (outer, inner) = (
      String(decoding: digits[0..<2], as: UTF8.self), String(decoding: digits[2..<4], as: UTF8.self)
    )
    return "\(images)/\(outer)/\(inner)/\(sha256).png"
  }

  /// The digest in an image's name; nil for any other name.
  static func digest(_ name: String) -> String? {
    guard name.hasSuffix(".png"), let slash = name.lastIndex(of: "/") else { return nil }
    let hex = String(name[name.index(after: slash)...].dropLast(4))
    return hex.utf8.count == 64 && Hex.decode(hex) != nil && image(hex) == name ? hex : nil
  }
}
