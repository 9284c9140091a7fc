package import Engine
package import Models

/// CLIP's features of a set of pictures.
package enum ImageFeatures {
  /// `[pictures, projection]`, not normalised.
  ///
  /// - Parameter onBlock: runs after each few pictures; what it throws ends the work.
  package static func of(
    _ pictures: PictureSet, _ clip: CLIPModel, on compute: Compute, onBlock: () throws -> Void
  ) rethrows -> Tensor {
    let set = PictureSet(pictures.pictures, size: clip.vision.configuration.imageSize)
    var parts: [Tensor] = []
    for start in stride(from: 0, to: set.count, by: 32) {
      parts.append(clip.imageFeatures(set.tensor(Array(start..<min(start + 32, set.count))), on: compute))
      try onBlock()
    }
    return Tensor.concatenated(parts)
  }
}
