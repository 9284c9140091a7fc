import Admin
import Foundation

enum OutputFolder {
  /// Makes a folder and those above it where they are missing.
  static func make(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw AdminError("the folder \(path) cannot be made: \(error.localizedDescription)")
    }
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
