/// Names that C2PA (specification 2.2) gives to boxes, assertions and values.
enum ManifestLabels {
  static let store = "c2pa"
  static let assertions = "c2pa.assertions"
  static let claim = "c2pa.claim.v2"
  /// The claim of older manifests, which are read.
  static let olderClaim = "c2pa.claim"
  static let signature = "c2pa.signature"
  static let actions = "c2pa.actions.v2"
  static let dataHash = "c2pa.hash.data"
  static let created = "c2pa.created"
  /// This project's record of how the image was made.
  static let record = "emofarm.provenance"
  static let algorithm = "sha256"
  static let trainedModel = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

  /// What refers to a box of the same manifest.
  static func reference(_ parts: String...) -> String { "self#jumbf=" + parts.joined(separator: "/") }
}
