/// A point in a job at which a worker can be held: see ``DebugGates``.
package enum WorkPoint: Hashable, Sendable, CustomStringConvertible {
  /// A denoising step of a pass is done; the batch index of the first image names the pass.
  case step(image: Int, call: Int)
  /// An image is decoded and about to be handed over for storing, by its batch index.
  case rendered(image: Int)
  /// An image is about to be stored.
  case storing(image: Int)
  /// A training step is done and not yet reported.
  case trained(step: Int)

  /// `step-8-3`, `rendered-9`, `storing-0`, `trained-12`.
  package var description: String {
    switch self {
    case .step(let image, let call): "step-\(image)-\(call)"
    case .rendered(let image): "rendered-\(image)"
    case .storing(let image): "storing-\(image)"
    case .trained(let step): "trained-\(step)"
    }
  }
}
