import Engine

/// Σ cᵢ · xᵢ over tensors of one shape, added from left to right: every element by itself, so that an image's bits do not
/// depend on its neighbours in a batch.
func linearCombination(_ terms: (factor: Float, tensor: Tensor)...) -> Tensor { .linearCombination(terms) }
