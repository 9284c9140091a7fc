package import Engine
import Synchronization

/// The input of the U-Net's cross-attention: the text encoder's hidden states, with a cache of each layer's keys and
/// values.
///
/// The states are the same in every step of a denoising run, and so are the keys and values: the first step computes
/// them. A context belongs to one run of one U-Net on one `Compute`.
package final class AttendedContext: Sendable {
  /// `[N, S, width]`.
  package let states: Tensor
  private let keeps: Bool
  /// By the weights' storage, which is kept alive because a freed storage's identity could be reused.
  private let kept = Mutex<[ObjectIdentifier: (storage: Storage, made: (keys: Tensor, values: Tensor))]>([:])

  /// - Parameter keeping: whether keys and values are cached; false if gradients are recorded.
  package init(_ states: Tensor, keeping: Bool) {
    self.states = states
    keeps = keeping
  }

  /// The keys and values of the layer whose weights are in `storage`.
  func projections(
    _ storage: Storage, _ project: (_ states: Tensor) -> (keys: Tensor, values: Tensor)
  ) -> (keys: Tensor, values: Tensor) {
    guard keeps else { return project(states) }
    return kept.withLock { kept in
      let key = ObjectIdentifier(storage)
      if let known = kept[key] { return known.made }
      let made = project(states)
      kept[key] = (storage, made)
      return made
    }
  }
}

extension Tensor {
  /// Repeats the samples in order until there are `samples` of them.
  ///
  /// - Precondition: `samples` is a multiple of this tensor's number of samples.
  func repeated(to samples: Int) -> Tensor {
    shape[0] == samples ? self : .concatenated(Array(repeating: self, count: samples / shape[0]))
  }
}
