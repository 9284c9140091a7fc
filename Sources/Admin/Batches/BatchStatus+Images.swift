package import Farm
import Files

extension BatchStatus {
  /// - Throws: `AdminError` if the batch is a training, which has no images.
  package func requireImages() throws {
    guard let training else { return }
    throw AdminError("batch \(id) is a training, which has no images: its files are in \(training.out)")
  }
}
