package import Engine

/// A file of named tensors, mapped into memory for the lifetime of the value; tensors are read when they are asked for.
package protocol TensorFile: Sendable {
  var path: String { get }
  var byteCount: Int { get }
  /// Pairs of strings that the file holds beside its tensors.
  var metadata: [String: String] { get }
  /// The names in the order of the file.
  var tensorNames: [String] { get }

  func contains(_ name: String) -> Bool

  /// - Throws: `CheckpointError`: `missingTensor` if the file has no tensor of that name.
  func shape(of name: String) throws -> [Int]

  /// The type of the elements as the file stores them.
  func elementType(of name: String) throws -> ElementType

  /// A tensor widened to fp32, with the axes of the file.
  ///
  /// - Throws: `CheckpointError`: `missingTensor`, or `unsupported` if it holds an integer that fp32 cannot hold.
  func tensor(_ name: String) throws -> Tensor

  /// A tensor of integers in row-major order.
  ///
  /// - Throws: `CheckpointError`: `missingTensor`, or `unsupported` if its elements are floats.
  func integers(_ name: String) throws -> [Int]

  /// Runs `body` with a tensor's elements as the file stores them, in row-major order without gaps, little-endian; the
  /// bytes are valid only until it returns.
  ///
  /// - Throws: `CheckpointError`: `missingTensor`, and the errors of `body`.
  func withBytes(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws

  /// The SHA-256 of the whole file in lower-case hexadecimal, over the mapped bytes from which tensors are read. It is
  /// computed once.
  func sha256() -> String

  /// Compares the tensors' bytes with the checksums that the file holds, if its format has any; reads the whole file.
  ///
  /// - Throws: `CheckpointError`: `malformed`, naming the entry.
  func verify() throws
}

extension TensorFile {
  package func verify() throws {}
}
