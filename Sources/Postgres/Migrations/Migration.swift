/// One step of the schema, forward and back.
package struct Migration: Hashable, Sendable {
  /// 1, 2, 3, … without gaps.
  package let version: Int
  package let name: String
  /// The script that takes the schema from the version before to this one.
  package let up: String
  /// The script that takes it back.
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

  /// The name of its files, such as `0001_queue`.
  package var label: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
  }
}
