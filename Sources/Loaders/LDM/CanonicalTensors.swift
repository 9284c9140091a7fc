import Checkpoints
import Files

/// A network's tensors under diffusers' names, collected from a file that has other names for them.
struct CanonicalTensors: Sendable {
  private(set) var tensors: [String: StoredTensor] = [:]

  /// - Throws: `CheckpointError`: `malformed` if another tensor of the file already has that name.
  mutating func add(_ name: String, _ stored: StoredTensor) throws {
    if let other = tensors.updateValue(stored, forKey: name) {
      throw CheckpointError(
        .malformed, file: stored.file.path,
        "holds '\(name)' twice, as '\(other.name)' and as '\(stored.name)': two checkpoints were mixed, get it again")
    }
  }

  /// - Throws: `CheckpointError`: `unexpectedTensor`, naming the first of the tensors without a place.
  static func refuse(_ unplaced: [String], of section: TensorSection, network: String) throws {
    guard let first = unplaced.first else { return }
    let rest = unplaced.count - 1
    throw CheckpointError(
      .unexpectedTensor, file: section.file.path,
      "tensor '\(section.prefix)\(first)'\(rest > 0 ? " and \(rest) more have" : " has") no place in Stable Diffusion's \(network): the checkpoint is of another family"
    )
  }
}
