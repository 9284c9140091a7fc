/// A step of the schema, with the scripts for both directions.
package struct Migration: Hashable, Sendable {
  /// 1, 2, 3, … without gaps.
  package let version: Int
  package let name: String
  /// The script that migrates from the previous version to this one.
  package let up: String
  /// The script that reverts it.
  package let down: String
  /// The SHA-256 of `up`, in hexadecimal.
  package let checksum: String

  package init(version: Int, name: String, up: String, down: String, checksum: String) {
    self.version = version
    self.name = name
    self.up = up
    self.down = down
    self.checksum = checksum
  }

  /// The base name of its files, for example `0001_queue`.
  package var label: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
  }
}
