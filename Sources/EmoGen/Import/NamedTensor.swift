import Engine

/// A tensor of a state dict.
typealias NamedTensor = (name: String, tensor: Tensor)
