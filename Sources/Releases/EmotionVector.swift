import Checkpoints
import Engine
import Files
import Vocabulary

/// One vector of the released emotion space, `[D]`: the mean or the deviation of an emotion.
struct EmotionVector {
  let emotion: Emotion
  let isMean: Bool
  let tensor: Tensor

  /// The tensor's name in `gaussians.safetensors`, such as `awe.mean`.
  var name: String { Self.name(emotion, isMean: isMean) }

  static func name(_ emotion: Emotion, isMean: Bool) -> String { "\(emotion.rawValue).\(isMean ? "mean" : "std")" }

  /// Identifies the vector by the name of its file, such as `awe_mean_v2.pt`, because the file contains only numbers.
  ///
  /// - Throws: `CheckpointError` if the name identifies no vector, the tensor has another shape or a deviation is
  ///   negative.
  init(_ tensor: Tensor, file: String) throws {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    guard tensor.shape.count == 1, tensor.count > 0 else {
      throw CheckpointError(
        .unsupported, file: file,
        "the file holds a tensor of shape \(tensor.shape), which is not part of EmoGen: an emotion vector has one axis")
    }
    guard let match = name.wholeMatch(of: #/([a-z]+)_(mean|std)(?:[._-].*)?/#),
      let emotion = Emotion(rawValue: String(match.1))
    else {
      throw CheckpointError(
        .unsupported, file: file,
        "the file holds a vector of \(tensor.count) numbers, but its name is not that of an emotion's mean or deviation: rename it as in EmoGen, such as awe_mean_v2.pt or awe_std_v2.pt"
      )
    }
    self.emotion = emotion
    isMean = match.2 == "mean"
    self.tensor = tensor
    guard isMean || tensor.values.allSatisfy({ $0 >= 0 }) else {
      throw CheckpointError(.malformed, file: file, "a deviation is negative or undefined: the file is damaged")
    }
  }
}
