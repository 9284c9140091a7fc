import Checkpoints
import Crypto
package import Engine
import Files
import Foundation
import Imaging
import Vocabulary

/// Tensors that frozen networks made of pictures, kept in a file with the digests of what made them.
package struct TensorCache: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// The tensors from the file, if the same weights made them of the same pixels, else made anew and kept.
  ///
  /// A file that is damaged or of something else is written again.
  ///
  /// - Parameters:
  ///   - names: what the file calls the tensors.
  ///   - networks: their folders, by the names under which the file keeps their digests.
  /// - Throws: what `make` throws, `TrainingError` for numbers that are not finite, `CheckpointError`
  ///   where a network cannot be read, `FileError` where the file cannot be written.
  package func tensors(
    _ names: [String], of pictures: PictureSet, by networks: [String: String], make: () throws -> [Tensor]
  ) throws -> [Tensor] {
    var origin = try networks.mapValues { try Self.digest(network: $0) }
    origin["pictures"] = pictures.digest
    if let file = try? SafetensorsFile(path: path), file.metadata == origin,
      let kept = try? names.map({ try file.tensor($0) })
    {
      return kept
    }
    let tensors = try make()
    if let place = tensors.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError(
        "\(networks.values.sorted().joined(separator: ", ")) gave \(names[place]) that are not finite: its weights hold "
          + "infinity or NaN, or overflow. Take an intact copy of it")
    }
    try Folder.make(Folder.parent(of: path))
    try Safetensors.write(path: path, tensors: Array(zip(names, tensors)), metadata: origin)
    return tensors
  }

  /// SHA-256 of a network's configuration and weight files.
  private static func digest(network folder: String) throws -> String {
    let files = try ["config.json"] + WeightFolder(folder: folder).files
    let digests = try files.map { try ModelFile(hashing: "\(folder)/\($0)", as: $0).sha256 }
    return Hex.encode(SHA256.hash(data: Data(digests.joined(separator: "\n").utf8)))
  }
}

extension PictureSet {
  /// SHA-256 of the pictures' sizes and pixels, in order.
  var digest: String {
    var hash = SHA256()
    for picture in pictures {
      hash.update(data: Data("\(picture.image.width) \(picture.image.height)\n".utf8))
      picture.image.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return Hex.encode(hash.finalize())
  }
}
