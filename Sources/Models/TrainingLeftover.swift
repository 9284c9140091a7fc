package import Checkpoints
import Files

/// The tensors that training code stores beside a network's own: the discriminator and the loss of an autoencoder's
/// training, and the bookkeeping of averaged weights. diffusers leaves them out with a warning.
package enum TrainingLeftover {
  package static let prefixes = ["loss.", "model_ema."]

  package static func includes(_ name: String) -> Bool { prefixes.contains(where: name.hasPrefix) }

  /// Says that such tensors are not used; nil if there are none.
  ///
  /// - Parameter names: of all tensors of a file.
  package static func note(_ names: [String], in path: String) -> String? {
    let left = names.filter(includes).sorted()
    guard let first = left.first else { return nil }
    return "\(path): \(left.count == 1 ? "the tensor" : "\(left.count) tensors that training left there, such as") "
      + "'\(ForeignName.shown(first))'\(left.count == 1 ? ", which training left there, is" : ", are") not used"
  }

  package static func note(_ weights: Weights) -> String? { note(weights.names, in: weights.path) }
}
