import Checkpoints
import Diffusion
import Files
import Foundation
import Models

/// A base model in diffusers' layout: one folder for each part, and `model_index.json`.
struct DiffusersFolder: ModelForm {
  let path: String
  let unet: UNetConfiguration
  let vae: AutoencoderConfiguration
  let text: CLIPTextConfiguration
  let scheduler: SchedulerConfiguration
  private let index: ModelIndex
  /// The variant of the weights that is read where a part has it.
  private let variant: String?

  /// - Throws: `CheckpointError` that names the file and its problem, or if no part has the variant.
  init(_ path: String, variant: String? = nil) throws {
    self.path = path
    self.variant = variant
    let parts = FolderParts(path)
    try parts.checkIndex()
    let index = try ModelIndex(file: "\(path)/model_index.json")
    try parts.checkParts()
    self.index = index
    unet = try UNetConfiguration(file: "\(path)/unet/config.json")
    vae = try AutoencoderConfiguration(file: "\(path)/vae/config.json", named: index.vae)
    text = try CLIPTextConfiguration(file: "\(path)/text_encoder/config.json")
    scheduler = try Self.scheduler("\(path)/scheduler/scheduler_config.json", named: index.scheduler)
    guard variant != nil else { return }
    guard try ModelPart.allCases.contains(where: { try found($0).variant == variant }) else {
      throw CheckpointError(
        .missingFile, file: path, "no part of the model has weights of the variant '\(variant ?? "")': check --variant")
    }
  }

  private func found(_ part: ModelPart) throws -> WeightFolder {
    try WeightFolder(folder: "\(path)/\(part.rawValue)", variant: variant)
  }

  var root: String { path }
  var pipelineDefaults: (steps: Int, guidance: Double)? { index.defaults }

  var notes: [String] {
    var notes = index.hasSafetyChecker ? ["the model's safety checker is not run"] : []
    if let variant {
      notes += ModelPart.allCases.filter { (try? found($0).variant) == .some(nil) }
        .map { "\($0.rawValue) has no variant '\(variant)': its weights without a variant are read" }
    }
    notes += [ModelPart.unet, .vae].compactMap { part in (try? weights(part)).flatMap { TrainingLeftover.note($0) } }
    return notes
  }

  func weights(_ part: ModelPart) throws -> Weights {
    try .open(folder: "\(path)/\(part.rawValue)", root: path, variant: variant)
  }

  func tokenizer() throws -> CLIPTokenizer { try CLIPTokenizer(folder: "\(path)/tokenizer") }

  func files() throws -> [String] {
    var files = ["scheduler/scheduler_config.json"]
    files += TokenizerFiles.names(in: "\(path)/tokenizer").map { "tokenizer/\($0)" }
    for part in ModelPart.allCases.map(\.rawValue) {
      files.append("\(part)/config.json")
      files += try WeightFolder(folder: "\(path)/\(part)", variant: variant).files.map { "\(part)/\($0)" }
    }
    return files
  }

  /// The index names only the parts that render, because the others, such as a safety checker, are not copied.
  func documents() throws -> [String: [UInt8]] {
    let places =
      ["scheduler/scheduler_config.json"] + ModelPart.allCases.map { "\($0.rawValue)/config.json" }
      + TokenizerFiles.names(in: "\(path)/tokenizer").map { "tokenizer/\($0)" }
    var documents: [String: [UInt8]] = [:]
    for place in places { documents[place] = try File.read("\(path)/\(place)") }
    let index = "model_index.json"
    guard var values = try JSONSerialization.jsonObject(with: Data(File.read("\(path)/\(index)"))) as? [String: Any]
    else {
      throw CheckpointError(.malformed, file: "\(path)/\(index)", "this is not a JSON object: get the file again")
    }
    for part in ["safety_checker", "feature_extractor", "image_encoder"] where values[part] != nil {
      values[part] = [NSNull(), NSNull()]
    }
    values["requires_safety_checker"] = false
    documents[index] = try ModelIndex.text(of: values)
    return documents
  }

  /// - Parameter name: the class in `model_index.json`, which takes precedence over the file's own.
  private static func scheduler(_ file: String, named name: String?) throws -> SchedulerConfiguration {
    let data = try ConfigFile.data(of: file)
    do {
      if let name { try SchedulerClass.check(name) }
      var configuration = try SchedulerConfiguration(json: data).corrected
      configuration.className = name ?? configuration.className
      return configuration
    } catch let error as SamplerError {
      throw CheckpointError(.malformed, file: file, error.message)
    }
  }
}
