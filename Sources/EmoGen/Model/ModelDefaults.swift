package import Vocabulary

/// A model folder's optional `emogen.json`: the settings of requests that name none, before those of the base model.
package struct ModelDefaults: Codable {
  /// Width and height in pixels.
  let size: [Int]?
  let steps: Int?
  let sampler: SamplerName?
  let guidance: Double?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case size, steps, sampler, guidance
  }

  package init(steps: Int, sampler: SamplerName) {
    self.steps = steps
    self.sampler = sampler
    size = nil
    guidance = nil
  }
}
