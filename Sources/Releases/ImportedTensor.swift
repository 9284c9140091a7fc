import Checkpoints
import Engine
import Files

/// A tensor of a release, to be written to a model folder.
struct ImportedTensor {
  /// The tensor's name in the model folder.
  let name: String
  /// The tensor's name in the release; nil if the file holds a single unnamed tensor.
  let original: String?
  let source: ReleaseFile
  let tensor: Tensor

  /// - Throws: `CheckpointError` if a value is infinite or NaN.
  func check() throws {
    guard tensor.isFinite else {
      throw CheckpointError(
        .malformed, file: source.path,
        "\(original.map { "tensor '\(ForeignName.shown($0))'" } ?? "its tensor") holds a value that is infinite or not a number"
      )
    }
  }

  var record: ImportRecord.Tensor {
    ImportRecord.Tensor(name: name, original: original, source: source.name, shape: tensor.shape)
  }
}
