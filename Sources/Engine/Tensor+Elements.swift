/// Operations element by element that no gradient passes: a sampler's arithmetic, inputs, results.
extension Tensor {
  /// `body` of every value.
  @inlinable
  package func map(_ body: (Float) -> Float) -> Tensor {
    withExtendedLifetime(self) {
      let source = pointer
      return Tensor(shape) { target in
        for index in 0..<target.count { target[index] = body(source[index]) }
      }
    }
  }

  /// `body` of the values of two tensors of one shape.
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

  /// `body` of the values of samples k and N + k of a tensor of 2N samples: `[2N, …]` → `[N, …]`.
  @inlinable
  package func foldedInHalf(_ body: (_ first: Float, _ second: Float) -> Float) -> Tensor {
    precondition(shape[0].isMultiple(of: 2), "\(shape) is not a pair of equal tensors")
    return withExtendedLifetime(self) {
      let (first, second) = (pointer, pointer + count / 2)
      return Tensor([shape[0] / 2] + shape.dropFirst()) { target in
        for index in 0..<target.count { target[index] = body(first[index], second[index]) }
      }
    }
  }

  /// Σ cᵢ · xᵢ over tensors of one shape, added from left to right, with a rounding after each product and each sum.
  ///
  /// - Precondition: there is at least one term.
  package static func linearCombination(_ terms: [(factor: Float, tensor: Tensor)]) -> Tensor {
    let shape = terms[0].tensor.shape
    let result = Tensor(uninitialized: shape)
    for (position, term) in terms.enumerated() {
      precondition(term.tensor.shape == shape, "a term of shape \(term.tensor.shape) among those of \(shape)")
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

  /// Whether no value is infinite or NaN. Reads the tensor once, sixteen values at a time.
  package var isFinite: Bool { withExtendedLifetime(self) { Self.areFinite(pointer, count) } }

  /// The first element of the first axis that holds a value which is infinite or NaN; nil if there is none.
  package var firstNonFiniteSample: Int? {
    guard !isFinite, let samples = shape.first, samples > 0 else { return nil }
    let stride = count / samples
    return withExtendedLifetime(self) {
      (0..<samples).first { !Self.areFinite(pointer + $0 * stride, stride) }
    }
  }

  /// A finite number times 0 is ±0; infinity and NaN times 0 are NaN, and so is every sum with one.
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

/// Changes in place, seen by everybody who holds the tensor: for weights, optimizer moments and averages of a training
/// run, which belong to the one thread that trains.
extension Tensor {
  /// - Precondition: `values` has as many values.
  package func overwrite(with values: Tensor) {
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    withExtendedLifetime((self, values)) { mutablePointer.update(from: values.pointer, count: count) }
  }

  /// Exchanges the values of two tensors.
  ///
  /// - Precondition: both have as many values.
  package func exchangeValues(with other: Tensor) {
    precondition(other.count == count, "\(other.count) values for shape \(shape)")
    withExtendedLifetime((self, other)) {
      let (mine, theirs) = (mutablePointer, other.mutablePointer)
      for index in 0..<count { (mine[index], theirs[index]) = (theirs[index], mine[index]) }
    }
  }
}
