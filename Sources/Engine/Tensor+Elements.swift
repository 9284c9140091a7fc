/// Element-wise operations without gradients, for samplers, inputs and results.
extension Tensor {
  /// Applies `body` to every value.
  @inlinable
  package func map(_ body: (Float) -> Float) -> Tensor {
    withExtendedLifetime(self) {
      let source = pointer
      return Tensor(shape) { target in
        for index in 0..<target.count { target[index] = body(source[index]) }
      }
    }
  }

  /// Applies `body` to each pair of values of two tensors of the same shape.
  @inlinable
  package func zipped(with other: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
    precondition(shape == other.shape, "shapes \(shape) and \(other.shape)")
    return withExtendedLifetime((self, other)) {
      let (left, right) = (pointer, other.pointer)
      return Tensor(shape) { target in
        for index in 0..<target.count { target[index] = body(left[index], right[index]) }
      }
    }
  }

  /// Applies `body` to each pair of values of samples k and N + k: `[2N, …]` → `[N, …]`.
  @inlinable
  package func foldedInHalf(_ body: (_ first: Float, _ second: Float) -> Float) -> Tensor {
    precondition(shape[0].isMultiple(of: 2), "shape \(shape) has an odd number of samples")
    return withExtendedLifetime(self) {
      let (first, second) = (pointer, pointer + count / 2)
      return Tensor([shape[0] / 2] + shape.dropFirst()) { target in
        for index in 0..<target.count { target[index] = body(first[index], second[index]) }
      }
    }
  }

  /// Σ cᵢ · xᵢ over tensors of the same shape, added from left to right, with rounding after each multiplication and
  /// each addition.
  ///
  /// - Precondition: there is at least one term.
  package static func linearCombination(_ terms: [(factor: Float, tensor: Tensor)]) -> Tensor {
    let shape = terms[0].tensor.shape
    let result = Tensor(uninitialized: shape)
    for (position, term) in terms.enumerated() {
      precondition(term.tensor.shape == shape, "cannot add shapes \(term.tensor.shape) and \(shape)")
      withExtendedLifetime(term.tensor) {
        let source = term.tensor.pointer
        let target = result.mutablePointer
        if position == 0 {
          for index in 0..<result.count { target[index] = term.factor * source[index] }
        } else {
          for index in 0..<result.count { target[index] += term.factor * source[index] }
        }
      }
    }
    return result
  }

  /// Whether all values are finite. Reads the tensor once, sixteen values at a time.
  package var isFinite: Bool { withExtendedLifetime(self) { Self.areFinite(pointer, count) } }

  /// The position of the first infinite value or NaN in row-major order; nil if all values are finite.
  package var firstNonFinitePosition: Int? { isFinite ? nil : values.firstIndex { !$0.isFinite } }

  /// The index along the first axis of the first sample with an infinite value or NaN; nil if all values are finite.
  package var firstNonFiniteSample: Int? {
    guard !isFinite, let samples = shape.first, samples > 0 else { return nil }
    let stride = count / samples
    return withExtendedLifetime(self) {
      (0..<samples).first { !Self.areFinite(pointer + $0 * stride, stride) }
    }
  }

  /// A finite number times 0 is ±0, but infinity and NaN times 0 are NaN, which propagates to the sum.
  private static func areFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Bool {
    let raw = UnsafeRawPointer(values)
    let whole = count / 16 * 16
    var sums = SIMD16<Float>.zero
    for index in stride(from: 0, to: whole, by: 16) {
      sums += raw.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self) * 0
    }
    var sum = sums.sum()
    for index in whole..<count { sum += values[index] * 0 }
    return sum == 0
  }
}

/// In-place changes, which are visible through all copies of the tensor. They are for the weights, optimizer moments
/// and averages of a training run, which only the training thread uses.
extension Tensor {
  /// - Precondition: `values` has the same count.
  package func overwrite(with values: Tensor) {
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    withExtendedLifetime((self, values)) { mutablePointer.update(from: values.pointer, count: count) }
  }

  /// Exchanges the values of two tensors.
  ///
  /// - Precondition: both have the same count.
  package func exchangeValues(with other: Tensor) {
    precondition(other.count == count, "\(other.count) values for shape \(shape)")
    withExtendedLifetime((self, other)) {
      let (mine, theirs) = (mutablePointer, other.mutablePointer)
      for index in 0..<count { (mine[index], theirs[index]) = (theirs[index], mine[index]) }
    }
  }
}
