/// A file that determines a model's images, with the digest of its bytes.
package struct ModelFile: Codable, Hashable, Sendable {
  /// The path relative to the model's folder, e.g. `unet/diffusion_pytorch_model.safetensors`.
  package let path: String
  package let bytes: Int
  /// The SHA-256 in lower-case hexadecimal.
  package let sha256: String

  package init(path: String, bytes: Int, sha256: String) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }
}
