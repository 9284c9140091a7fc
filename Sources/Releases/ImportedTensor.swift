import Checkpoints
import Engine
import Files

/// A tensor on its way from a release into a model folder.
struct ImportedTensor {
  /// What the model folder calls it.
  let name: String
  /// What the release calls it; nil where its file holds one tensor without a name.
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
