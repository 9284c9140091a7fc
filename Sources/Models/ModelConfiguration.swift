import Checkpoints
import Files
import Foundation

/// A model's `config.json`, read key by key as an allow-list: each key is used, or known to be without effect at its
/// value, or refused by name. A missing key takes the default of diffusers or transformers; `null` is a value.
package struct ModelConfiguration {
  package let file: String
  let values: [String: Any]
  private let used = UsedKeys()

  private final class UsedKeys {
    var names: Set<String> = []
  }

  /// - Throws: `CheckpointError` if the file cannot be read or is not a JSON object.
  package init(file: String) throws { self.init(file: file, values: try ConfigFile.object(at: file)) }

  /// - Parameters:
  ///   - file: the file to name in errors.
  ///   - values: as `JSONSerialization` reads them.
  package init(file: String, values: [String: Any]) {
    self.file = file
    self.values = values
  }

  /// Whether the key is present, also with `null`.
  func has(_ key: String) -> Bool { values[key] != nil }

  func isNull(_ key: String) -> Bool { values[key] is NSNull }

  /// The value of a key, which counts as used; nil if it is missing.
  func value(_ key: String) -> Any? {
    used.names.insert(key)
    return values[key]
  }

  /// Declares keys that have no effect on the images, whatever their values are.
  func allow(_ keys: [String]) { used.names.formUnion(keys) }

  /// Keys that diffusers' training scripts and other tools write into the configurations of any network: the averaging of
  /// weights (`EMAModel`) and the precision in which the weights are stored.
  func allowBookkeeping() {
    allow([
      "decay", "min_decay", "inv_gamma", "power", "optimization_step", "update_after_step", "use_ema_warmup",
      "torch_dtype", "dtype",
    ])
  }

  /// Refuses the keys that nothing has read or allowed. Keys that begin with `_` describe the file, and `null` is the
  /// value of features that are switched off.
  ///
  /// - Throws: `CheckpointError` naming the key and its value.
  func finish() throws {
    let unknown = values.filter { !$0.key.hasPrefix("_") && !used.names.contains($0.key) && !($0.value is NSNull) }
    guard let (key, value) = unknown.min(by: { $0.key < $1.key }) else { return }
    throw CheckpointError(
      .unsupported, file: file,
      "key '\(key)' is \(Self.text(value)), but no model that this program runs has such a key: the file belongs to another kind of model, or the key can be removed"
    )
  }

  func invalid(_ key: String, _ why: String) -> CheckpointError {
    CheckpointError(.malformed, file: file, "key '\(key)': \(why)")
  }

  func unsupported(_ key: String, _ value: String, use accepted: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file,
      "key '\(key)' is \(value), which this engine does not support: it runs models with \(accepted)")
  }

  /// A value as in the file, shortened to a few words.
  package static func text(_ value: Any?) -> String {
    let text =
      switch value {
      case nil, is NSNull: "null"
      case let string as String: string
      case let list as [Any]: "[\(list.prefix(9).map { Self.text($0) }.joined(separator: ", "))]"
      case is [String: Any]: "{…}"
      case let number as NSNumber where isFlag(number): number.boolValue ? "true" : "false"
      case let other?: "\(other)"
      }
    return text.count > 60 ? "\(text.prefix(60))…" : text
  }

  /// Numbers read from JSON also cast to `Bool`.
  static func isFlag(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
