package import Engine

/// The tensors of a render's first image, in PyTorch's axis order, for comparison with other programs.
///
/// It is a class because the render appends to it while running; only the rendering thread uses it.
package final class RenderTrace {
  package private(set) var tensors: [(name: String, tensor: Tensor)] = []

  package init() {}

  func record(_ name: String, _ tensor: Tensor) { tensors.append((name, tensor)) }

  /// The first sample of `[N, H, W, C]` as `[1, C, H, W]`.
  func recordImage(_ name: String, _ tensor: Tensor) {
    record(name, tensor.slice(0..<1).transposed([0, 3, 1, 2]))
  }
}
