import Checkpoints
package import Engine
import Files

/// Tensors that a single render reads from files instead of sampling them.
package enum RenderInputs {
  /// `emotion_vector [T, D]` of a safetensors file.
  ///
  /// - Throws: `CheckpointError` for a file that cannot be read or another shape, `InputError` for infinity and NaN.
  package static func emotionVector(file: String) throws -> Tensor {
    let tensor = try SafetensorsFile(path: file).tensor("emotion_vector")
    guard tensor.shape.count == 2 else {
      throw CheckpointError(
        .misshapen, file: file,
        "emotion_vector has the shape \(tensor.shape), but [T, D] is needed: a row for each token")
    }
    try check(tensor, "emotion_vector", file: file)
    return tensor
  }

  /// `latents_init [1, C, h, w]` of a safetensors file, as `[1, h, w, C]`.
  ///
  /// - Throws: as ``emotionVector(file:)``.
  package static func latents(file: String) throws -> Tensor {
    let tensor = try SafetensorsFile(path: file).tensor("latents_init")
    guard tensor.shape.count == 4, tensor.shape[0] == 1 else {
      throw CheckpointError(
        .misshapen, file: file, "latents_init has the shape \(tensor.shape), but [1, C, h, w] is needed")
    }
    try check(tensor, "latents_init", file: file)
    return tensor.transposed([0, 2, 3, 1])
  }

  private static func check(_ tensor: Tensor, _ name: String, file: String) throws {
    guard let place = tensor.values.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      "\(file): value \(place) of \(name) is \(tensor.values[place]): all numbers must be finite")
  }
}
