package import Engine

/// What stage 2 knows of every training picture: computed once by the frozen networks.
package struct MapperExamples: Sendable {
  /// Emotion vectors: `[pictures, D]`.
  package let vectors: Tensor
  /// Scaled latents of every picture, then of its mirror image: `[2 · pictures, h, w, C]`.
  package let latents: Tensor
  /// EmoSet's index of each picture's emotion.
  package let emotions: [Int]
  /// Each picture's place in the list of attributes; nil where none of its attributes is on it.
  package let attributes: [Int?]
  /// α of each picture's emotion and attribute; 0 where it has none.
  package let confidences: [Float]

  /// - Parameters:
  ///   - list: normalised names of the attributes that the loss knows.
  ///   - confidence: where a picture has several attributes on the list, the one surest to evoke its emotion counts.
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
