import Files

/// The names of what jobs read in a farm's store.
enum InputName {
  static let place = "models"
  static let files = "\(place)/files"
  static let reports = "\(place)/damaged"

  /// A file, by the digest of its bytes.
  static func file(_ sha256: String) -> String { "\(files)/\(sha256.prefix(2))/\(sha256)" }
  /// A list of files, by the digest of the list.
  static func list(_ digest: String) -> String { "\(place)/\(digest).json" }
  /// A worker's report that a file is damaged in the store.
  static func report(_ sha256: String) -> String { "\(reports)/\(sha256)" }

  /// The digest in a name; nil for the name of something else.
  static func digest(_ name: String) -> String? {
    guard let slash = name.lastIndex(of: "/") else { return nil }
    var hex = String(name[name.index(after: slash)...])
    if hex.hasSuffix(".json") { hex = String(hex.dropLast(5)) }
    guard hex.utf8.count == 64, Hex.decode(hex) != nil else { return nil }
    return [list(hex), file(hex), report(hex)].contains(name) ? hex : nil
  }
}
