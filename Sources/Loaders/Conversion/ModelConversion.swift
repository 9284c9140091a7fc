import Checkpoints
import Files
import Foundation
import Models
import Vocabulary

/// Writes a base model of any form as a folder in diffusers' layout.
package enum ModelConversion {
  /// What a conversion changes, and what it adds.
  package struct Options {
    /// Replaces the model's own VAE.
    package var vae: AddedVAE?
    /// Whether weights are rounded to fp16; they keep their type otherwise.
    package var halves = false
    /// Writes further files into the folder before it appears.
    package var beside: (String) throws -> Void = { _ in }

    package init() {}
  }

  /// Copies every tensor bit by bit under its present name, and writes the configurations and the tokenizer; the
  /// folder appears complete, or not at all.
  ///
  /// The weight files' metadata name the files that they were made from, with their digests.
  ///
  /// - Parameters:
  ///   - folder: must not exist, or be empty.
  ///   - onPart: called before each part; throwing stops the conversion.
  /// - Throws: `CheckpointError` about the model or a VAE that does not fit, `FileError` about the folder.
  package static func run(
    _ model: BaseModel, into folder: String, _ options: Options = Options(), onPart: (String) throws -> Void = { _ in }
  ) throws {
    try NewFolder.requireRoom(at: folder)
    if let vae = options.vae {
      try vae.check(for: model)
      try onPart("the given VAE")
      // It was not chosen with this model, so a mismatch of its weights and its configuration is found before the rest.
      _ = try Autoencoder(vae.weights().examining(), vae.configuration)
    }
    try NewFolder.make(folder) { aside in
      for (place, content) in try documents(model, options).sorted(by: { $0.key < $1.key }) {
        try Folder.make(Folder.parent(of: "\(aside)/\(place)"))
        try DurableFile.write(content, to: "\(aside)/\(place)")
      }
      for part in ModelPart.allCases {
        try onPart(part.rawValue)
        let added = part == .vae ? try options.vae?.weights() : nil
        try Folder.make("\(aside)/\(part.rawValue)")
        try write(
          added ?? model.weights(part), part, halves: options.halves, to: "\(aside)/\(part.rawValue)/\(fileName(part))")
      }
      try onPart("the result")
      try options.beside(aside)
      try check(aside)
    }
  }

  private static func documents(_ model: BaseModel, _ options: Options) throws -> [String: [UInt8]] {
    var documents = try model.documents()
    if let vae = options.vae {
      documents["vae/config.json"] = try vae.document()
      let index = "model_index.json"
      documents[index] = try ModelIndex.naming(vae.className, as: "vae", in: documents[index] ?? [])
    }
    guard options.halves else { return documents }
    for part in ModelPart.allCases.map({ "\($0.rawValue)/config.json" }) {
      documents[part] = documents[part].map(sayingHalves)
    }
    return documents
  }

  /// A part's configuration, which tells transformers the type of the weights, if it says any.
  private static func sayingHalves(_ document: [UInt8]) -> [UInt8] {
    let key = #/("(?:torch_)?dtype"\s*:\s*)(?:null|"[^"]*")/#
    return Array(String(decoding: document, as: UTF8.self).replacing(key) { "\($0.1)\"float16\"" }.utf8)
  }

  private static func fileName(_ part: ModelPart) -> String {
    part == .textEncoder ? "model.safetensors" : "diffusion_pytorch_model.safetensors"
  }

  private static func write(_ weights: Weights, _ part: ModelPart, halves: Bool, to file: String) throws {
    let tensors = weights.tensors.compactMap { name, stored in
      CanonicalName.of(name, in: part).map { ($0, stored) }
    }
    let sources = weights.files.map { "\($0.sha256)  \($0.path)" }.joined(separator: "\n")
    try Safetensors.write(
      path: file, copying: tensors, metadata: ["format": "pt", "converted_from": sources], halves: halves)
  }

  /// Reads the result's configurations as a render would, so that a folder that does not open is never left behind.
  private static func check(_ folder: String) throws { _ = try BaseModel(folder).tokenizer() }
}
