import Checkpoints
import Crypto
package import Engine
import Files
import Foundation
import Imaging
package import Vocabulary

/// Caches outputs of frozen networks for images in a file, with the digests of the networks and the images.
package struct TensorCache: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// Returns the tensors from the file if they were computed from the same weights and pixels. Otherwise computes and
  /// stores them.
  ///
  /// A damaged or mismatched file is overwritten.
  ///
  /// - Parameters:
  ///   - names: the names of the tensors in the file.
  ///   - networks: the folders of the networks, or files with digests, by the names under which the file stores their
  ///     digests.
  ///   - variant: which weights of these folders are read if they hold several.
  /// - Throws: the errors of `make`, `TrainingError` if its results are not finite, `CheckpointError` if a network
  ///   cannot be read, `FileError` if the file cannot be written.
  package func tensors(
    _ names: [String], of pictures: PictureSet, by networks: [String: AddedFile], variant: String? = nil,
    make: () throws -> [Tensor]
  ) throws -> [Tensor] {
    var origin = try networks.mapValues { try $0.sha256 ?? Self.digest(network: $0.path, variant) }
    origin["pictures"] = pictures.digest
    if let file = try? SafetensorsFile(path: path), file.metadata == origin,
      let kept = try? names.map({ try file.tensor($0) })
    {
      return kept
    }
    let tensors = try make()
    if let place = tensors.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError(
        "\(networks.values.map(\.path).sorted().joined(separator: ", ")) gave \(names[place]) that are not finite: its weights "
          + "contain infinity or NaN, or they overflow. Use an intact copy of the network")
    }
    try Folder.make(Folder.parent(of: path))
    try Safetensors.write(path: path, tensors: Array(zip(names, tensors)), metadata: origin)
    return tensors
  }

  /// The SHA-256 of a network's configuration and weight files.
  private static func digest(network folder: String, _ variant: String?) throws -> String {
    let files = try ["config.json"] + WeightFolder(folder: folder, variant: variant).files
    let digests = try files.map { try ModelFile(hashing: "\(folder)/\($0)", as: $0).sha256 }
    return Hex.encode(SHA256.hash(data: Data(digests.joined(separator: "\n").utf8)))
  }
}

extension PictureSet {
  /// The SHA-256 of the images' sizes and pixels, in order.
  var digest: String {
    var hash = SHA256()
    for picture in pictures {
      hash.update(data: Data("\(picture.image.width) \(picture.image.height)\n".utf8))
      picture.image.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return Hex.encode(hash.finalize())
  }
}
