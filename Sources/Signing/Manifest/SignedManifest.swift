import Crypto
import Files

/// The active manifest of a file as it stands there, read but not believed.
struct SignedManifest {
  /// `urn:c2pa:…`
  let label: String
  /// The claim's encoding, which is signed.
  let claim: ArraySlice<UInt8>
  let claimed: CBOR
  let signature: COSESign1
  let assertions: [JUMBFBox]

  /// - Throws: ``SigningError`` if the store has no manifest of the known form.
  init(_ place: ManifestPlace, named name: String) throws(SigningError) {
    func refuse(_ problem: String) -> SigningError { SigningError(.malformed, file: name, problem) }
    let store = try JUMBFBox(reading: place.store[...], named: name)
    guard store.kind == .store, store.label == ManifestLabels.store else {
      throw refuse("the manifest store is not C2PA's")
    }
    // The last manifest is the active one; the others are of pictures that went into this one.
    guard let manifest = store.children.last, manifest.kind == .manifest else {
      throw refuse("the manifest store does not end with a manifest of a known kind")
    }
    label = manifest.label
    func only(_ kind: JUMBFBox.Kind, _ labels: [String], _ what: String) throws(SigningError) -> JUMBFBox {
      let found = manifest.children(kind)
      guard found.count == 1 else { throw refuse("the manifest has \(found.count) \(what) instead of one") }
      guard labels.contains(found[0].label) else {
        throw refuse("the label '\(found[0].label)' among \(what) is unknown")
      }
      return found[0]
    }
    guard
      let claim = try only(.claim, [ManifestLabels.claim, ManifestLabels.olderClaim], "claims").content("cbor")
    else { throw refuse("the claim is no CBOR") }
    guard let signed = try only(.signature, [ManifestLabels.signature], "signatures").content("cbor") else {
      throw refuse("the signature is no CBOR")
    }
    self.claim = claim
    claimed = try CBOR(decoding: claim, named: name)
    signature = try COSESign1(decoding: signed, named: name)
    assertions = try only(.assertions, [ManifestLabels.assertions], "assertion stores").children
  }

  /// The program that made the claim, with its version.
  var generator: String? {
    let info = claimed["claim_generator_info"]
    let first = info?.array?.first ?? info
    let parts = [first?["name"]?.text, first?["version"]?.text].compactMap { $0 }
    return parts.isEmpty ? claimed["claim_generator"]?.text : parts.joined(separator: " ")
  }

  func assertion(_ label: String) -> JUMBFBox? { assertions.first { $0.label == label } }

  /// The first thing in which assertions differ from the claim, or that the claim leaves open; nil if there is none.
  var assertionProblem: String? {
    let listed = ["created_assertions", "gathered_assertions", "assertions"].flatMap { claimed[$0]?.array ?? [] }
    let labels = assertions.map(\.label)
    guard Set(labels).count == labels.count else { return "two of its assertions have the same label" }
    var seen: Set<String> = []
    for reference in listed {
      guard let url = reference["url"]?.text, let hash = reference["hash"]?.bytes, let label = own(url) else {
        return "its claim refers to an assertion that the manifest does not hold"
      }
      guard let assertion = assertion(label) else { return "its assertion '\(label)' is missing" }
      guard let digest = Self.digest(assertion.payload, reference["alg"]?.text ?? claimed["alg"]?.text) else {
        return "its assertion '\(label)' is hashed by an algorithm that is not known here"
      }
      guard digest == hash else { return "its assertion '\(label)' is not the one that was signed" }
      seen.insert(label)
    }
    if let stray = labels.first(where: { !seen.contains($0) }) { return "its assertion '\(stray)' is not signed" }
    guard let signature = claimed["signature"]?.text,
      [ManifestLabels.signature, "\(ManifestLabels.store)/\(label)/\(ManifestLabels.signature)"].contains(
        Self.path(signature))
    else { return "its claim names another signature" }
    return nil
  }

  /// The first thing in which the file differs from what the manifest is bound to; nil if there is none.
  func bindingProblem(in file: [UInt8], at place: ManifestPlace) -> String? {
    let bindings = assertions.filter { $0.label.hasPrefix("c2pa.hash.") }
    guard bindings.count == 1, let binding = bindings.first else {
      return "it is bound to the file by \(bindings.count) hashes instead of one"
    }
    guard binding.label == ManifestLabels.dataHash, let content = binding.content("cbor") else {
      return "it is bound to the file by '\(binding.label)', which is not checked here"
    }
    guard let value = try? CBOR(decoding: content, named: label), let hash = value["hash"]?.bytes else {
      return "its hash of the file cannot be read"
    }
    let exclusions = value["exclusions"]?.array ?? []
    guard exclusions.count == 1, exclusions[0]["start"]?.count == place.range.lowerBound,
      exclusions[0]["length"]?.count == place.range.count
    else { return "its hash leaves out other bytes of the file than the manifest" }
    let rest = Array(file[..<place.range.lowerBound] + file[place.range.upperBound...])
    guard let digest = Self.digest(rest[...], value["alg"]?.text ?? claimed["alg"]?.text) else {
      return "its hash of the file is by an algorithm that is not known here"
    }
    return digest == hash ? nil : "the file was changed since it was signed"
  }

  /// The label of an assertion of this manifest that a URL names.
  private func own(_ url: String) -> String? {
    guard let path = Self.path(url) else { return nil }
    for prefix in [ManifestLabels.assertions, "\(ManifestLabels.store)/\(label)/\(ManifestLabels.assertions)"]
    where path.hasPrefix(prefix + "/") { return String(path.dropFirst(prefix.count + 1)) }
    return nil
  }

  private static func path(_ url: String) -> String? {
    let prefix = ManifestLabels.reference("")
    guard url.hasPrefix(prefix) else { return nil }
    return String(url.dropFirst(prefix.count).drop { $0 == "/" })
  }

  private static func digest(_ bytes: ArraySlice<UInt8>, _ algorithm: String?) -> [UInt8]? {
    switch algorithm {
    case "sha256": Array(SHA256.hash(data: bytes))
    case "sha384": Array(SHA384.hash(data: bytes))
    case "sha512": Array(SHA512.hash(data: bytes))
    default: nil
    }
  }
}
