import Checkpoints
import Files
import Foundation

/// Writes a network's `config.json` when a stage is configured or exported.
enum ConfigurationFile {
  /// Copies the object of `source` and sets the keys of `changes`.
  static func write(_ source: String, to target: String, setting changes: [String: Any] = [:]) throws {
    guard let data = FileManager.default.contents(atPath: source),
      var object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    else {
      throw CheckpointError(.malformed, file: source, "the file must contain a JSON object")
    }
    object.merge(changes) { $1 }
    try write(object: object, to: target)
  }

  static func write(object: [String: Any], to target: String) throws {
    let bytes = try JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
    try Folder.make(Folder.parent(of: target))
    try DurableFile.write(Array(bytes), to: target)
  }
}
