import Engine

/// Σ cᵢ · xᵢ over tensors of one shape, added from left to right: every element by itself, so that an image's bits
/// do not depend on its neighbours in a batch.
func linearCombination(_ terms: (factor: Float, tensor: Tensor)...) -> Tensor {
  linearCombination(terms)
}

/// - Precondition: there is at least one term, and all have one shape.
func linearCombination(_ terms: [(factor: Float, tensor: Tensor)]) -> Tensor {
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

/// `body` over the elements of two tensors of one shape, for updates whose large terms cancel: there diffusers' own
/// order of roundings decides the digits that are left.
@inline(__always)
func elementwise(_ first: Tensor, _ second: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
  precondition(first.shape == second.shape, "shapes \(first.shape) and \(second.shape)")
  let result = Tensor(uninitialized: first.shape)
  withExtendedLifetime((first, second)) {
    let (left, right, target) = (first.pointer, second.pointer, result.mutablePointer)
    for index in 0..<result.count { target[index] = body(left[index], right[index]) }
  }
  return result
}

/// The values brought into −limit … limit.
func clamped(_ tensor: Tensor, to limit: Float) -> Tensor {
  let result = Tensor(uninitialized: tensor.shape)
  withExtendedLifetime(tensor) {
    for index in 0..<result.count {
      result.mutablePointer[index] = min(max(tensor.pointer[index], -limit), limit)
    }
  }
  return result
}
