/// What the header of a safetensors file says of one tensor.
package struct SafetensorsEntry: Sendable, Equatable {
  package let name: String
  package let dtype: SafetensorsDType
  package let shape: [Int]
  /// The tensor's bytes, counted from the end of the header.
  package let range: Range<Int>
  /// Where in the file the header names the tensor: for error messages.
  package let position: Int
}
