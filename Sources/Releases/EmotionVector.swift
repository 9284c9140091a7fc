import Checkpoints
import Engine
import Files
import Vocabulary

/// One vector of the released emotion space, `[D]`: an emotion's mean or its deviation.
struct EmotionVector {
  let emotion: Emotion
  let isMean: Bool
  let tensor: Tensor

  /// What `gaussians.safetensors` calls it, such as `awe.mean`.
  var name: String { Self.name(emotion, isMean: isMean) }

  static func name(_ emotion: Emotion, isMean: Bool) -> String { "\(emotion.rawValue).\(isMean ? "mean" : "std")" }

  /// The vector holds numbers alone: which one it is, only the file's name says, as in `awe_mean_v2.pt`.
  ///
  /// - Throws: `CheckpointError` where the name says nothing, the tensor is no vector, or a deviation is negative.
  init(_ tensor: Tensor, file: String) throws {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    guard tensor.shape.count == 1, tensor.count > 0 else {
      throw CheckpointError(
        .unsupported, file: file,
        "it holds a tensor of shape \(tensor.shape), which is none of EmoGen's: an emotion's vector has one axis")
    }
    guard let match = name.wholeMatch(of: #/([a-z]+)_(mean|std)(?:[._-].*)?/#),
      let emotion = Emotion(rawValue: String(match.1))
    else {
      throw CheckpointError(
        .unsupported, file: file,
        "it holds a vector of \(tensor.count) numbers, but its name is not that of an emotion's mean or deviation: call it as EmoGen does, such as awe_mean_v2.pt or awe_std_v2.pt"
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
