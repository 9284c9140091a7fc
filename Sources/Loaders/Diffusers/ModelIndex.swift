import Checkpoints
import Diffusion
import Files
import Foundation
import Vocabulary

/// A folder's `model_index.json`: the class of its pipeline and of each part.
struct ModelIndex: Sendable {
  let file: String
  let className: String
  /// The class of the scheduler; nil if the file does not name one.
  let scheduler: String?
  /// The class of the VAE; nil if the file does not name one.
  let vae: String?
  /// Whether the pipeline checks its pictures, which is not done here.
  let hasSafetyChecker: Bool

  /// - Throws: `CheckpointError` that says what the file is, or what the model is if it is of another family.
  init(file: String) throws {
    self.file = file
    let values = try ConfigFile.object(at: file)
    // A pipeline of the folder's own code is a pair of module and class.
    let name = values["_class_name"]
    guard let className = name as? String ?? (name as? [Any])?.last as? String else {
      throw CheckpointError(
        .malformed, file: file, "key '_class_name' is missing: it names the pipeline, e.g. StableDiffusionPipeline")
    }
    self.className = className
    guard PipelineFamily.supported.contains(className) else {
      throw CheckpointError(.unsupported, file: file, PipelineFamily.refusal(of: className))
    }
    scheduler = Self.component(values["scheduler"])
    vae = Self.component(values["vae"])
    hasSafetyChecker = Self.component(values["safety_checker"]) != nil
    for (part, classes) in Self.classes { try check(part, values[part], classes) }
    for key in values.keys.sorted() where !key.hasPrefix("_") && !Self.known.contains(key) {
      if values[key] is NSNull || (values[key] as? [Any])?.allSatisfy({ $0 is NSNull }) ?? false { continue }
      throw CheckpointError(
        .unsupported, file: file,
        "names a part '\(key)' (\(Self.component(values[key]) ?? "a value")), which Stable Diffusion 1.x and 2.x do not have: it belongs to another kind of model"
      )
    }
  }

  /// Steps and guidance if the pipeline has defaults of its own.
  var defaults: (steps: Int, guidance: Double)? {
    className.hasPrefix("LatentConsistencyModel") ? (4, 8.5) : nil
  }

  /// The text of an index that names another class of diffusers for a part.
  ///
  /// - Throws: if the text is not JSON.
  static func naming(_ className: String, as part: String, in text: [UInt8]) throws -> [UInt8] {
    var values = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any] ?? [:]
    values[part] = ["diffusers", className]
    return try Self.text(of: values)
  }

  /// The text of an index with these values, as `JSONSerialization` reads them.
  static func text(of values: [String: Any]) throws -> [UInt8] {
    try Array(JSONSerialization.data(withJSONObject: values, options: [.prettyPrinted, .sortedKeys]))
      + [UInt8(ascii: "\n")]
  }

  /// The class of a part; nil if the part is missing or null.
  private static func component(_ value: Any?) -> String? { (value as? [Any])?.last as? String }

  private func check(_ part: String, _ value: Any?, _ classes: [String]) throws {
    guard let value else { return }
    guard let name = Self.component(value) else {
      let isNull = value is NSNull || (value as? [Any])?.allSatisfy { $0 is NSNull } ?? false
      throw CheckpointError(
        isNull ? .missingFile : .malformed, file: file,
        isNull
          ? "says that the model has no \(part): copy that part from the model that it was trained from, and name it here"
          : "key '\(part)': expected a library and a class, e.g. [\"\(Self.library(part))\", \"\(classes[0])\"]")
    }
    guard classes.contains(name) else {
      throw CheckpointError(
        .unsupported, file: file, "the model's \(part) is \(name), but only \(classes[0]) is supported there")
    }
  }

  private static func library(_ part: String) -> String {
    part == "text_encoder" || part == "tokenizer" ? "transformers" : "diffusers"
  }

  private static let classes: [(part: String, classes: [String])] = [
    ("unet", ["UNet2DConditionModel"]), ("vae", ["AutoencoderKL", "AutoencoderTiny"]),
    ("text_encoder", ["CLIPTextModel", "CLIPTextModelWithProjection"]),
    ("tokenizer", ["CLIPTokenizer", "CLIPTokenizerFast"]),
  ]

  /// Parts that are obeyed, and those that only matter to the safety checker or to image prompts.
  private static let known: Set<String> = [
    "unet", "vae", "text_encoder", "tokenizer", "scheduler", "safety_checker", "feature_extractor", "image_encoder",
    "requires_safety_checker",
  ]
}
