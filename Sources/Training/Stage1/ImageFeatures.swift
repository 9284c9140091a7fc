package import Engine
package import Models

/// CLIP's features of a set of images.
package enum ImageFeatures {
  /// Returns the features before normalisation: `[images, projection]`.
  ///
  /// - Parameter onBlock: called after each batch of images; throwing stops the computation.
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
