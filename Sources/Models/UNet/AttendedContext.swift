package import Engine
import Synchronization

/// What the U-Net's cross-attention looks at: the text encoder's hidden states, and the keys and values that each layer
/// made of them.
///
/// The states are the same in every step of a denoising run, and so are the keys and values: the first step makes them.
/// A context belongs to one run: to one U-Net, on one `Compute`.
package final class AttendedContext: Sendable {
  /// `[N, S, width]`.
  package let states: Tensor
  private let keeps: Bool
  /// With the storage, because a freed one's identity could come again.
  private let kept = Mutex<[ObjectIdentifier: (storage: Storage, made: (keys: Tensor, values: Tensor))]>([:])

  /// - Parameter keeping: whether keys and values are kept: not where gradients are recorded.
  package init(_ states: Tensor, keeping: Bool) {
    self.states = states
    keeps = keeping
  }

  /// The keys and values of the layer whose weights lie in `storage`.
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
  /// The samples over and over again until there are as many.
  ///
  /// - Precondition: `samples` is a multiple of the own samples.
  func repeated(to samples: Int) -> Tensor {
    shape[0] == samples ? self : .concatenated(Array(repeating: self, count: samples / shape[0]))
  }
}
