import Vocabulary

extension ProvenanceRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case version, generator, spec, sampler, model, width, height
    case emotionVector = "emotion_vector"
    case actualSteps = "actual_steps"
    case networkCalls = "network_calls"
    case engineKind = "engine_kind"
    case rgbSHA256 = "rgb_sha256"
    case latentsSHA256 = "latents_sha256"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    version = try container.decode(Int.self, forKey: .version)
    guard version == Self.currentVersion else { throw UnknownVersion(version: version) }
    generator = try container.decode(Generator.self, forKey: .generator)
    spec = try container.decode(Spec.self, forKey: .spec)
    emotionVector = try container.decode([[ExactFloat]].self, forKey: .emotionVector).map { $0.map(\.value) }
    sampler = try container.decode(SamplerName.self, forKey: .sampler)
    actualSteps = try container.decode(Int.self, forKey: .actualSteps)
    networkCalls = try container.decode(Int.self, forKey: .networkCalls)
    model = try container.decode(Model.self, forKey: .model)
    engineKind = try container.decode(String.self, forKey: .engineKind)
    width = try container.decode(Int.self, forKey: .width)
    height = try container.decode(Int.self, forKey: .height)
    rgbSHA256 = try container.decode(String.self, forKey: .rgbSHA256)
    latentsSHA256 = try container.decodeIfPresent(String.self, forKey: .latentsSHA256)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(generator, forKey: .generator)
    try container.encode(spec, forKey: .spec)
    try container.encode(emotionVector.map { $0.map(ExactFloat.init) }, forKey: .emotionVector)
    try container.encode(sampler, forKey: .sampler)
    try container.encode(actualSteps, forKey: .actualSteps)
    try container.encode(networkCalls, forKey: .networkCalls)
    try container.encode(model, forKey: .model)
    try container.encode(engineKind, forKey: .engineKind)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(rgbSHA256, forKey: .rgbSHA256)
    try container.encodeIfPresent(latentsSHA256, forKey: .latentsSHA256)
  }

  /// Thrown by the decoder, so that a newer record is distinguished from a damaged one.
  struct UnknownVersion: Error {
    let version: Int
  }
}

extension ProvenanceRecord.Spec: Codable {
  private enum CodingKeys: String, CodingKey {
    case subject, settings, seed
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    settings = try container.decode(RenderSettings.self, forKey: .settings)
    // A string, because a JSON number is a double and a seed may need 64 bits.
    let digits = try container.decode(String.self, forKey: .seed)
    guard let seed = UInt64(digits), String(seed) == digits else {
      throw DecodingError.dataCorruptedError(
        forKey: .seed, in: container, debugDescription: "'\(digits)' is not a whole number below 2⁶⁴"
      )
    }
    self.seed = seed
    subject = try container.decode(Subject.self, forKey: .subject)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(subject, forKey: .subject)
    try container.encode(settings, forKey: .settings)
    try container.encode(String(seed), forKey: .seed)
  }
}
