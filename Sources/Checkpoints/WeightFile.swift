/// A weight file of a model and the digest of its bytes.
package struct WeightFile: Codable, Hashable, Sendable {
  /// Relative to the model's folder, e.g. `unet/diffusion_pytorch_model.safetensors`.
  package let path: String
  package let bytes: Int
  /// Lower-case hexadecimal.
  package let sha256: String

  package init(path: String, bytes: Int, sha256: String) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }

  /// Reads the file at `file` and records it under the name `path`; any kind of file.
  package init(hashing file: String, as path: String) throws {
    let mapped = try MappedFile(path: file)
    self.init(path: path, bytes: mapped.count, sha256: mapped.sha256())
  }
}
