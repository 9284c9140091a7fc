import Files
import Foundation
package import Loaders

extension ModelFolder {
  /// What of a model's folder a conversion carries along beside the base model: the parts that training and import
  /// write, and the networks that stage 2 and the evaluation read from the model's folder.
  private static let carried = [
    "emotion_space", "mapper", "emotion_encoder", "emotion_classifier", "attribute_classifier", "clip",
  ]
  private static let carriedFiles = ["emogen.json", "import.json"]

  /// The names in a model's folder that a conversion leaves out, without hidden ones; empty for a single file.
  package static func leftOut(byConverting base: BaseModel) throws -> [String] {
    guard base.root == base.path else { return [] }
    let known =
      carried + carriedFiles + ModelPart.allCases.map(\.rawValue) + ["model_index.json", "scheduler", "tokenizer"]
    return try Folder.names(in: base.path).filter { !$0.hasPrefix(".") && !known.contains($0) }
  }

  /// Copies EmoGen's parts and `emogen.json` from a model's folder, if it has them, into another folder.
  ///
  /// The files directly in each part are copied, links as the files that they lead to; folders in a part, such as a
  /// training's run, stay.
  ///
  /// - Throws: `CheckpointError` if these parts are unusable, `FileError` if a file cannot be copied.
  package static func carryParts(of base: BaseModel, into folder: String) throws {
    guard base.root == base.path else { return }
    let files = carriedFiles.filter { File.exists("\(base.path)/\($0)") }
    let parts = carried.filter { Folder.isFolder("\(base.path)/\($0)") }
    guard !files.isEmpty || !parts.isEmpty else { return }
    _ = try ModelFolder(base.path, variant: base.variant)
    for file in files { try DurableFile.copy("\(base.path)/\(file)", to: "\(folder)/\(file)") }
    for part in parts {
      let source = "\(base.path)/\(part)"
      try Folder.make("\(folder)/\(part)")
      for name in try Folder.names(in: source) where !name.hasPrefix(".") && !Folder.isFolder("\(source)/\(name)") {
        try DurableFile.copy("\(source)/\(name)", to: "\(folder)/\(part)/\(name)")
      }
    }
  }
}
