import ArgumentParser
import Foundation

/// A source of images on the command line, perhaps with the name of its column: `NAME=VALUE` or `VALUE`.
struct NamedSource: ExpressibleByArgument {
  let name: String?
  let value: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    // A folder may have the sign in its own name.
    if parts.count == 2, !FileManager.default.fileExists(atPath: argument), !parts[0].contains("/") {
      (name, value) = (parts[0], parts[1])
    } else {
      (name, value) = (nil, argument)
    }
    if value.isEmpty { return nil }
  }

  /// The column's name: the given one, else the last part of a path.
  var label: String { name ?? URL(filePath: value).lastPathComponent }
}
