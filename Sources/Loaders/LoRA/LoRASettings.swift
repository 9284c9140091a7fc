import Checkpoints
import Files
import Foundation

/// The scales that a LoRA has outside its tensors: in the metadata that diffusers writes into the file, or in the
/// `adapter_config.json` that PEFT writes beside it.
///
/// Source: `LoraConfig` of PEFT, `lora_adapter_metadata` of diffusers.
struct LoRASettings {
  private struct Alphas {
    let standard: Double?
    let patterns: [String: Double]
    let dividesByRoot: Bool
  }

  private static let metadataKey = "lora_adapter_metadata"

  /// By network; the entry without one is for all.
  private let alphas: [ModelPart?: Alphas]

  init(of file: any TensorFile, configuration: String?) throws {
    if let text = file.metadata[Self.metadataKey] {
      let values = try Self.object(text, file.path)
      var found: [ModelPart?: Alphas] = [:]
      for part in [ModelPart.unet, .textEncoder] {
        let own = values.filter { $0.key.hasPrefix("\(part.rawValue).") }
        guard !own.isEmpty else { continue }
        found[part] = try Self.alphas(
          Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(part.rawValue.count + 1)), $0.value) }),
          file.path)
      }
      alphas = found
      return
    }
    alphas = try configuration.map { [nil: try Self.alphas(ConfigFile.object(at: $0), $0)] } ?? [:]
  }

  /// PEFT's configuration of the adapter in `file`; nil if there is none.
  static func configuration(of file: String) -> String? {
    let place = URL(filePath: file)
    guard place.deletingPathExtension().lastPathComponent == "adapter_model" else { return nil }
    let path = place.deletingLastPathComponent().appending(path: "adapter_config.json").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// alpha / rank, or alpha / √rank for rank-stabilised LoRAs; 1 if no alpha is known.
  func scale(of site: LoRASite, rank: Int) -> Double {
    guard let alphas = alphas[site.part] ?? alphas[nil] else { return 1 }
    let pattern = alphas.patterns.keys.sorted { ($1.count, $0) < ($0.count, $1) }
      .first { site.module == $0 || site.module.hasSuffix("_\($0)") }
    guard let alpha = pattern.flatMap({ alphas.patterns[$0] }) ?? alphas.standard else { return 1 }
    return alpha / (alphas.dividesByRoot ? Double(rank).squareRoot() : Double(rank))
  }

  /// The metadata's value.
  private static func object(_ text: String, _ path: String) throws -> [String: Any] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
      throw CheckpointError(
        .malformed, file: path, "the metadata '\(metadataKey)' is not a JSON object: fetch the LoRA again")
    }
    return object
  }

  private static func alphas(_ values: [String: Any], _ path: String) throws -> Alphas {
    func number(_ value: Any?, _ key: String) throws -> Double? {
      guard let value, !(value is NSNull) else { return nil }
      guard let number = (value as? NSNumber)?.doubleValue, number.isFinite else {
        throw CheckpointError(.malformed, file: path, key: key, "is \(value), where a number is needed")
      }
      return number
    }
    func flag(_ key: String) throws -> Bool {
      guard let value = values[key], !(value is NSNull) else { return false }
      guard let flag = value as? Bool else {
        throw CheckpointError(.malformed, file: path, key: key, "is \(value), where true or false is needed")
      }
      return flag
    }
    if let kind = values["peft_type"] as? String, kind.uppercased() != "LORA" {
      throw CheckpointError(
        .unsupported, file: path, key: "peft_type", "is \(kind): only adapters of type LORA are merged")
    }
    for key in ["use_dora", "lora_bias", "fan_in_fan_out", "use_qalora"] where try flag(key) {
      throw CheckpointError(.unsupported, file: path, key: key, "is true, which is not supported: it must be false")
    }
    var patterns: [String: Double] = [:]
    let given = values["alpha_pattern"] ?? [:]
    guard let entries = given is NSNull ? [:] : given as? [String: Any] else {
      throw CheckpointError(
        .malformed, file: path, key: "alpha_pattern", "is \(given), where modules and their numbers are needed")
    }
    for (pattern, value) in entries {
      let module = pattern.drop { $0 == "^" }
      guard module.allSatisfy({ $0.isLetter || $0.isNumber || "._".contains($0) }) else {
        throw CheckpointError(
          .unsupported, file: path, key: "alpha_pattern",
          "has the pattern '\(ForeignName.shown(pattern))': only names of modules are supported")
      }
      var name = String(module.map { $0 == "." ? "_" : $0 })
      if name.hasPrefix("text_model_") { name.removeFirst("text_model_".count) }
      patterns[name] = try number(value, "alpha_pattern.\(ForeignName.shown(pattern))")
    }
    return Alphas(
      standard: try number(values["lora_alpha"], "lora_alpha"), patterns: patterns,
      dividesByRoot: try flag("use_rslora"))
  }
}
