import Checkpoints
import Files
import Foundation
import Models

extension ModelFolder {
  private static let baseParts = [
    "model_index.json", "tokenizer", "text_encoder", "unet", "vae", "scheduler", "emogen.json", "clip",
  ]
  private static let emotionParts = ["emotion_space", "mapper", "emotion_encoder"]

  /// Makes a model folder of one model's base and another's emotions; its parts are links to where they stand.
  ///
  /// The mapper speaks to a text transformer, so it suits bases that have the one it was trained with, such as another
  /// fine-tuned Stable Diffusion 1.x; only the width can be checked here.
  ///
  /// - Parameter folder: new or empty.
  /// - Throws: `CheckpointError` where a part is missing, widths differ or the folder cannot be used.
  package static func plug(emotions: String, into base: String, at folder: String) throws -> ModelFolder {
    let (emotions, base) = (try ModelFolder(emotions), try ModelFolder(base))
    guard emotions.hasEmotions else {
      throw CheckpointError(
        .missingFile, file: "\(emotions.path)/emotion_space", "the model has no emotions that could be plugged in")
    }
    let mapper = try Mapper(
      .open(folder: "\(emotions.path)/mapper"), configuration: "\(emotions.path)/mapper/config.json")
    guard mapper.outputs == base.text.tower.width else {
      throw CheckpointError(
        .misshapen, file: "\(emotions.path)/mapper/config.json",
        "the mapper's output is \(mapper.outputs) wide, but the text encoder of \(base.path) takes \(base.text.tower.width): the emotions suit bases with that text encoder's width"
      )
    }
    let files = FileManager.default
    guard (try? files.contentsOfDirectory(atPath: folder))?.isEmpty ?? true else {
      throw CheckpointError(.malformed, file: folder, "the folder is not empty: name a new one")
    }
    let place = URL(filePath: folder).standardizedFileURL
    // The folder appears with all its links: one that lacks some may be taken for a model without emotions.
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
      throw CheckpointError(.unwritable, file: folder, "cannot be made: \(error.localizedDescription)")
    }
    guard rename(aside, place.path) == 0 else {
      throw CheckpointError(.unwritable, file: folder, "cannot be made (\(SystemError()))")
    }
    return try ModelFolder(folder)
  }
}
