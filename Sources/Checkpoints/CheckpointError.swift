package import Files

/// Why a model's files were refused: which file, where in it, and what to do.
package typealias CheckpointError = Failure<CheckpointErrorCode>

package enum CheckpointErrorCode: Hashable, Sendable {
  case missingFile, unreadable, unwritable, malformed, missingTensor, unexpectedTensor, misshapen, unsupported, changed
}

extension CheckpointError {
  /// The error of a file whose bytes break the rules of its format.
  static func damaged(_ file: String, at offset: Int, _ what: String) -> Self {
    Self(.malformed, file: file, offset: offset, "\(what). The file is damaged or of another kind: fetch it again")
  }
}
