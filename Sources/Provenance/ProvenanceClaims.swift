import Foundation
package import Vocabulary

/// What a record says that its image's row and batch say, too.
///
/// Decoding only these keys, without checking the canonical form, takes a fifth of the time of a whole record: the audit
/// does it for every image of a farm, and reads the whole record if they differ from the row.
package struct ProvenanceClaims: Sendable, Equatable {
  package let spec: ProvenanceRecord.Spec
  package let sampler: SamplerName
  package let actualSteps: Int
  package let modelDigest: String
  package let engineKind: String
  /// Pixels.
  package let width: Int
  /// Pixels.
  package let height: Int
  package let rgbSHA256: String
  package let latentsSHA256: String?

  package init(_ record: ProvenanceRecord) {
    spec = record.spec
    sampler = record.sampler
    actualSteps = record.actualSteps
    modelDigest = record.model.digest
    engineKind = record.engineKind
    width = record.width
    height = record.height
    rgbSHA256 = record.rgbSHA256
    latentsSHA256 = record.latentsSHA256
  }
}

extension ProvenanceClaims: Decodable {
  private enum CodingKeys: String, CodingKey {
    case version, spec, sampler, model, width, height
    case actualSteps = "actual_steps"
    case engineKind = "engine_kind"
    case rgbSHA256 = "rgb_sha256"
    case latentsSHA256 = "latents_sha256"
  }

  private struct Model: Decodable {
    let digest: String
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let version = try container.decode(Int.self, forKey: .version)
    guard version == ProvenanceRecord.currentVersion else { throw ProvenanceRecord.UnknownVersion(version: version) }
    spec = try container.decode(ProvenanceRecord.Spec.self, forKey: .spec)
    sampler = try container.decode(SamplerName.self, forKey: .sampler)
    actualSteps = try container.decode(Int.self, forKey: .actualSteps)
    modelDigest = try container.decode(Model.self, forKey: .model).digest
    engineKind = try container.decode(String.self, forKey: .engineKind)
    width = try container.decode(Int.self, forKey: .width)
    height = try container.decode(Int.self, forKey: .height)
    rgbSHA256 = try container.decode(String.self, forKey: .rgbSHA256)
    latentsSHA256 = try container.decodeIfPresent(String.self, forKey: .latentsSHA256)
  }
}
