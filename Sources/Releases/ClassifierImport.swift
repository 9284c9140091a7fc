import Checkpoints
import Vocabulary

/// Converts `fc.weight [8, P]` and `fc.bias [8]` to `emotion_classifier`, the linear layer on CLIP's image features.
enum ClassifierImport {
  private struct Configuration: Encodable {
    let features = "clip image_embeds before normalisation"
    let classes = Emotion.names
  }

  /// - Returns: nil if no file is such a layer.
  /// - Throws: `CheckpointError` if several files are.
  static func part(_ releases: [ReleaseFile]) throws -> ImportedPart? {
    let found = try releases.single("a classifier") { if case .classifier(let tensors) = $0 { tensors } else { nil } }
    guard let (file, tensors) = found else { return nil }
    let folder = "emotion_classifier"
    return ImportedPart(
      "classifier",
      [
        try ImportedFile("\(folder)/config.json", json: Configuration(), from: [file]),
        try ImportedFile(
          "\(folder)/model.safetensors",
          tensors: tensors.map { ImportedTensor(name: $0.name, original: $0.name, source: file, tensor: $0.tensor) },
          from: [file]),
      ])
  }
}
