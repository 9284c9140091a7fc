/// A contiguous array of 32-bit floats with a shape; images are `[N, H, W, C]`.
///
/// A tensor is immutable once the operation that created it has returned; copying a tensor copies a reference.
package struct Tensor: Sendable {
  package let shape: [Int]
  package let storage: Storage

  @inlinable package var count: Int { storage.count }
  /// The length of the last axis.
  package var channels: Int { shape.last ?? 1 }
  /// The product of all axes but the last.
  package var rows: Int { channels == 0 ? 0 : count / channels }

  /// A tensor with unspecified values, for operations that fill it before they return it.
  @usableFromInline
  init(uninitialized shape: [Int]) {
    self.shape = shape
    storage = Storage(count: shape.reduce(1, *))
  }

  /// A tensor of which `fill` writes all values.
  @inlinable
  package init(_ shape: [Int], _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try fill(UnsafeMutableBufferPointer(start: mutablePointer, count: count))
  }

  package init(_ shape: [Int], repeating value: Float = 0) {
    self.init(uninitialized: shape)
    storage.pointer.update(repeating: value, count: storage.count)
  }

  /// - Precondition: `values.count` is the product of `shape`.
  package init(_ shape: [Int], _ values: [Float]) {
    self.init(uninitialized: shape)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.pointer.update(from: base, count: source.count) }
    }
  }

  private init(shape: [Int], storage: Storage) {
    self.shape = shape
    self.storage = storage
  }

  /// The values in order.
  package var values: [Float] { Array(UnsafeBufferPointer(start: storage.pointer, count: count)) }

  /// The same values with another shape of the same count.
  package func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "cannot reshape \(self.shape) to \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  @inlinable package var pointer: UnsafePointer<Float> { UnsafePointer(storage.pointer) }
  /// For the operation that creates this tensor, before it is shared.
  @usableFromInline var mutablePointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// A copy of the elements `range` of the first axis.
  package func slice(_ range: Range<Int>) -> Tensor {
    let stride = shape[0] == 0 ? 0 : count / shape[0]
    let result = Tensor(uninitialized: [range.count] + shape.dropFirst())
    result.mutablePointer.update(from: pointer + range.lowerBound * stride, count: result.count)
    return result
  }

  /// The tensors, whose shapes differ only in the first axis, concatenated along that axis.
  package static func concatenated(_ parts: [Tensor]) -> Tensor {
    let result = Tensor(uninitialized: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst())
    var offset = 0
    for part in parts {
      (result.mutablePointer + offset).update(from: part.pointer, count: part.count)
      offset += part.count
    }
    return result
  }

  /// A copy with reordered axes, as in `numpy.transpose`: axis i of the result is axis `axes[i]` of this tensor.
  package func transposed(_ axes: [Int]) -> Tensor {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let target = axes.map { shape[$0] }
    let steps = axes.map { strides[$0] }
    let result = Tensor(uninitialized: target)
    var index = [Int](repeating: 0, count: target.count)
    var source = 0
    for position in 0..<result.count {
      result.mutablePointer[position] = pointer[source]
      for axis in stride(from: target.count - 1, through: 0, by: -1) {
        index[axis] += 1
        source += steps[axis]
        if index[axis] < target[axis] { break }
        source -= steps[axis] * target[axis]
        index[axis] = 0
      }
    }
    return result
  }
}
