package import Engine
package import Models

/// CLIP's features of a set of pictures.
package enum ImageFeatures {
  /// `[pictures, projection]`, not normalised.
  package static func of(_ pictures: PictureSet, _ clip: CLIPModel, on compute: Compute) -> Tensor {
    let set = PictureSet(pictures.pictures, size: clip.vision.configuration.imageSize)
    return Tensor.concatenated(
      stride(from: 0, to: set.count, by: 32).map { start in
        clip.imageFeatures(set.tensor(Array(start..<min(start + 32, set.count))), on: compute)
      })
  }
}
