import Checkpoints
import Crypto
package import Engine
import Foundation
import Imaging
import Models

/// What an encoder made of pictures, kept in a file with the digests of both.
package struct EncodingCache: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// The pictures' encodings: from the file if it was made by the same weights from the same pixels, or anew.
  ///
  /// A file that is damaged or of something else is written again.
  ///
  /// - Parameter folder: the encoder's.
  /// - Throws: `CheckpointError` where the encoder cannot be loaded, `TrainingError` where the file cannot be written.
  package func encoded(_ pictures: PictureSet, encoder folder: String, on compute: Compute) throws -> EncodedPictures {
    let configuration = "\(folder)/config.json"
    let weights = try Weights.open(folder: folder)
    let network = try ResNetClassifier(weights, ResNetConfiguration(file: configuration))
    let own = try weights.files + [WeightFile(hashing: configuration, as: "config.json")]
    let origin = [
      "encoder": Self.hex(SHA256.hash(data: Data(own.map { "\($0.sha256)\n" }.joined().utf8))),
      "pictures": pictures.digest,
    ]
    if let kept = read(origin, rows: pictures.count, network.configuration) { return kept }
    let encoded = EncodedPictures(pictures, network, on: compute, onBlock: {})
    do {
      let parent = URL(filePath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    } catch {
      throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
    }
    try Safetensors.write(
      path: path, tensors: [("probabilities", encoded.probabilities), ("vectors", encoded.vectors)], metadata: origin)
    return encoded
  }

  private func read(_ origin: [String: String], rows: Int, _ configuration: ResNetConfiguration) -> EncodedPictures? {
    guard let file = try? SafetensorsFile(path: path), file.metadata == origin,
      (try? file.shape(of: "vectors")) == [rows, configuration.embedding],
      (try? file.shape(of: "probabilities")) == [rows, configuration.classes.count],
      let vectors = try? file.tensor("vectors"), let probabilities = try? file.tensor("probabilities")
    else { return nil }
    return EncodedPictures(vectors: vectors, probabilities: probabilities)
  }

  fileprivate static func hex(_ digest: SHA256.Digest) -> String {
    digest.map { String(format: "%02x", $0) }.joined()
  }
}

extension PictureSet {
  /// SHA-256 of the pictures' sizes and pixels, in order.
  package var digest: String {
    var hash = SHA256()
    for picture in pictures {
      hash.update(data: Data("\(picture.image.width) \(picture.image.height)\n".utf8))
      picture.image.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return EncodingCache.hex(hash.finalize())
  }
}
