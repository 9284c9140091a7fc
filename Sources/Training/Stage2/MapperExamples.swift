package import Engine

/// The inputs of stage 2 for all training images, computed once by the frozen networks.
package struct MapperExamples: Sendable {
  /// Emotion vectors: `[images, D]`.
  package let vectors: Tensor
  /// Scaled latents of all images, then of their mirror images: `[2 · images, h, w, C]`.
  package let latents: Tensor
  /// The index of each image's emotion in EmoSet's order.
  package let emotions: [Int]
  /// The index of each image's attribute in the list; nil if none of its attributes is in the list.
  package let attributes: [Int?]
  /// The α of each image's emotion and attribute; 0 if it has no attribute.
  package let confidences: [Float]

  /// - Parameters:
  ///   - list: normalised names of the attributes that the loss uses.
  ///   - confidence: chooses among several listed attributes of an image the one with the highest α for its emotion.
  package init(vectors: Tensor, latents: Tensor, pictures: [Picture], list: [String], confidence: Confidence) {
    self.vectors = vectors
    self.latents = latents
    emotions = pictures.map(\.emotion)
    let places = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0.element, $0.offset) })
    let chosen = pictures.map { picture -> (place: Int, alpha: Float)? in
      picture.attributes.map(Confidence.normalised)
        .compactMap { name in places[name].map { ($0, confidence.table[name]?[picture.emotion] ?? 0) } }
        .max { $0.1 < $1.1 }
    }
    attributes = chosen.map { $0?.place }
    confidences = chosen.map { $0?.alpha ?? 0 }
  }
}
