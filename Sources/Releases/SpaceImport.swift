import Checkpoints
import EmoGen
import Engine
import Files
import Vocabulary

/// Converts `{emotion}_{mean,std}_v2.pt` to `emotion_space/gaussians.safetensors`.
enum SpaceImport {
  /// - Returns: nil if no file is an emotion's vector.
  /// - Throws: `CheckpointError` if one of the sixteen vectors is missing, occurs twice or has another length.
  static func part(_ releases: [ReleaseFile]) throws -> ImportedPart? {
    var found: [String: (file: ReleaseFile, tensor: Tensor)] = [:]
    var first: (file: ReleaseFile, width: Int)?
    for file in releases {
      guard case .vector(let vector) = file.content else { continue }
      if let other = found.updateValue((file, vector.tensor), forKey: vector.name)?.file {
        throw CheckpointError(
          .unsupported, file: file.path, "is '\(vector.name)', and \(other.path) is too: give only one of them")
      }
      let reference = first ?? (file, vector.tensor.count)
      first = reference
      guard vector.tensor.count == reference.width else {
        throw CheckpointError(
          .misshapen, file: file.path,
          "has \(vector.tensor.count) numbers, but \(reference.file.path) has \(reference.width): they belong to different spaces"
        )
      }
    }
    guard let first else { return nil }
    let names = Emotion.allCases.flatMap {
      [EmotionVector.name($0, isMean: true), EmotionVector.name($0, isMean: false)]
    }
    let missing = names.filter { found[$0] == nil }
    guard missing.isEmpty else {
      throw CheckpointError(
        .missingFile, file: first.file.path,
        "an emotion space needs the mean and deviation of all eight emotions, and there is no file of \(missing.joined(separator: ", ")): give all of them, or their folder"
      )
    }
    let tensors = names.compactMap { name in
      found[name].map { ImportedTensor(name: name, original: nil, source: $0.file, tensor: $0.tensor) }
    }
    let path = "emotion_space/gaussians.safetensors"
    return ImportedPart("emotion space", [try ImportedFile(path, tensors: tensors, from: tensors.map(\.source))]) {
      _ = try EmotionSpace(Weights(file: "\($0)/\(path)"), width: first.width)
    }
  }
}
