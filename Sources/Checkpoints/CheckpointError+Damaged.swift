extension CheckpointError {
  /// A file whose bytes break the rules of its format.
  static func damaged(_ file: String, at offset: Int, _ what: String) -> CheckpointError {
    CheckpointError(
      .malformed, file: file, offset: offset, "\(what). The file is damaged or of another kind: fetch it again")
  }
}
