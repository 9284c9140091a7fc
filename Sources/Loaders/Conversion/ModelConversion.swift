import Checkpoints
import Files
import Foundation
import Vocabulary

/// Writes a base model of any form as a folder in diffusers' layout.
package enum ModelConversion {
  /// Copies every tensor bit by bit under its present name, and writes the configurations and the tokenizer; the
  /// folder appears complete, or not at all.
  ///
  /// The weight files' metadata name the files that they were made from, with their digests.
  ///
  /// - Parameters:
  ///   - folder: must not exist, or be empty.
  ///   - onPart: called before each part; throwing stops the conversion.
  /// - Throws: `CheckpointError` about the model, `FileError` about the folder.
  package static func run(
    _ model: BaseModel, into folder: String, onPart: (String) throws -> Void = { _ in }
  ) throws {
    try NewFolder.make(folder) { aside in
      for (place, content) in try model.documents().sorted(by: { $0.key < $1.key }) {
        try Folder.make(Folder.parent(of: "\(aside)/\(place)"))
        try DurableFile.write(content, to: "\(aside)/\(place)", syncingFolder: false)
      }
      for part in ModelPart.allCases {
        try onPart(part.rawValue)
        try Folder.make("\(aside)/\(part.rawValue)")
        try write(model.weights(part), part, to: "\(aside)/\(part.rawValue)/\(fileName(part))")
      }
      try onPart("the result")
      try check(aside)
    }
  }

  private static func fileName(_ part: ModelPart) -> String {
    part == .textEncoder ? "model.safetensors" : "diffusion_pytorch_model.safetensors"
  }

  private static func write(_ weights: Weights, _ part: ModelPart, to file: String) throws {
    let tensors = weights.tensors.compactMap { name, stored in
      CanonicalName.of(name, in: part).map { ($0, stored) }
    }
    let sources = weights.files.map { "\($0.sha256)  \($0.path)" }.joined(separator: "\n")
    try Safetensors.write(path: file, copying: tensors, metadata: ["format": "pt", "converted_from": sources])
  }

  /// Reads the result's configurations as a render would, so that a folder that does not open is never left behind.
  private static func check(_ folder: String) throws { _ = try BaseModel(folder).tokenizer() }
}
