package import Engine

/// The samples of one micro-batch of stage 2.
package struct MapperBatch: Sendable {
  /// `[N, D]`.
  package let vectors: Tensor
  /// `[N, h, w, C]`, times the scaling factor.
  package let latents: Tensor
  /// `[N, h, w, C]`.
  package let noise: Tensor
  /// One timestep per sample.
  package let timesteps: [Int]
  /// Each sample's index in the list of attributes; nil if its attribute is not in the list.
  package let attributes: [Int?]
  /// The α of each sample's emotion and attribute.
  package let confidences: [Float]

  package init(
    vectors: Tensor, latents: Tensor, noise: Tensor, timesteps: [Int], attributes: [Int?], confidences: [Float]
  ) {
    self.vectors = vectors
    self.latents = latents
    self.noise = noise
    self.timesteps = timesteps
    self.attributes = attributes
    self.confidences = confidences
  }
}
