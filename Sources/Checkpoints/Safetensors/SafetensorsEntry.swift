/// The entry of one tensor in the header of a safetensors file.
package struct SafetensorsEntry: Sendable, Equatable {
  package let name: String
  package let dtype: SafetensorsDType
  package let shape: [Int]
  /// The range of the tensor's bytes, counted from the end of the header.
  package let range: Range<Int>
  /// The offset of the tensor's name in the file, for error messages.
  package let position: Int
}
