import Foundation

/// A source of images as people name it, perhaps with the name of its column: `NAME=VALUE` or `VALUE`.
package struct NamedSource: Hashable, Sendable {
  package let name: String?
  package let value: String

  package init(name: String? = nil, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Nil for an empty value. A folder may have the sign in its own name, and then the text names that folder.
  package init?(parsing text: String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    if parts.count == 2, !FileManager.default.fileExists(atPath: text), !parts[0].contains("/") {
      self.init(name: parts[0], parts[1])
    } else {
      self.init(text)
    }
    if value.isEmpty { return nil }
  }

  /// The column's name: the given one, else the last part of a path.
  package var label: String { name ?? URL(filePath: value).lastPathComponent }
}
