import Checkpoints
import Files
import Foundation
import Models

extension ModelFolder {
  private static let baseParts = [
    "model_index.json", "tokenizer", "text_encoder", "unet", "vae", "scheduler", "emogen.json", "clip",
  ]
  private static let emotionParts = ["emotion_space", "mapper", "emotion_encoder"]

  /// Creates a model folder that combines one model's base with another's emotions; its parts are symbolic links to the
  /// originals.
  ///
  /// The mapper's output is the input of a text transformer, so it only suits bases with the transformer that it was
  /// trained with, such as another fine-tuned Stable Diffusion 1.x. Only the width can be checked here.
  ///
  /// - Parameter folder: the folder to create; it may exist if it is empty.
  /// - Throws: `CheckpointError` if a part is missing, the widths differ or the folder cannot be created.
  package static func plug(emotions: String, into base: String, at folder: String) throws -> ModelFolder {
    let (emotions, base) = (try ModelFolder(emotions), try ModelFolder(base))
    guard Folder.isFolder(base.path) else {
      throw CheckpointError(
        .unsupported, file: base.path,
        "is a single file, beside which emotions have no place: convert it first with "
          + "'emofarm models convert \(base.path) --out DIR', and use DIR as the base")
    }
    guard emotions.hasEmotions else {
      throw CheckpointError(
        .missingFile, file: "\(emotions.path)/emotion_space", "the model has no emotions to plug in")
    }
    let mapper = try Mapper(
      .open(folder: "\(emotions.path)/mapper"), configuration: "\(emotions.path)/mapper/config.json")
    guard mapper.outputs == base.text.tower.width else {
      throw CheckpointError(
        .misshapen, file: "\(emotions.path)/mapper/config.json",
        "the mapper's output is \(mapper.outputs) wide, but the text encoder of \(base.path) takes \(base.text.tower.width): use a base whose text encoder has the mapper's width"
      )
    }
    let files = FileManager.default
    guard (try? files.contentsOfDirectory(atPath: folder))?.isEmpty ?? true else {
      throw CheckpointError(.malformed, file: folder, "the folder is not empty: choose a new one")
    }
    let place = URL(filePath: folder).standardizedFileURL
    // The rename below makes all links visible at once: a folder with only some of them could pass for a model without
    // emotions.
    let aside = place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent).\(getpid()).\(UInt32.random(in: .min ... .max)).partial").path
    defer { try? files.removeItem(atPath: aside) }
    do {
      try files.createDirectory(atPath: aside, withIntermediateDirectories: true)
      for (model, parts) in [(base, baseParts), (emotions, emotionParts)] {
        for part in parts where files.fileExists(atPath: "\(model.path)/\(part)") {
          try files.createSymbolicLink(
            atPath: "\(aside)/\(part)", withDestinationPath: "\(model.path)/\(part)")
        }
      }
    } catch {
      throw CheckpointError(.unwritable, file: folder, "cannot be created: \(error.localizedDescription)")
    }
    guard rename(aside, place.path) == 0 else {
      throw CheckpointError(.unwritable, file: folder, "cannot be created (\(SystemError()))")
    }
    return try ModelFolder(folder)
  }
}
