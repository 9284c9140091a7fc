import Files
import Foundation
import Imaging
import Provenance
import Signing
import Testing
import Vocabulary

struct MarkedImageTests {
  private static let image = RGBImage(width: 16, height: 8, pixels: (0..<384).map { UInt8(truncatingIfNeeded: $0 * 5) })

  private func record(sign: Bool) -> ProvenanceRecord {
    var settings = RenderSettings(
      width: 16, height: 8, steps: 20, sampler: .pndm, guidance: 7.5, negative: "a \"b\"\n& <c>")
    settings.sign = sign
    return ProvenanceRecord(
      generator: .init(version: "0.1.0"),
      spec: .init(subject: .emotion(EmotionSpec(.awe), prompt: "bag"), settings: settings, seed: 7), emotionVector: [],
      sampler: .pndm, actualSteps: 20, networkCalls: 21, model: .init(name: "tiny", digest: "00", files: []),
      engineKind: "x", width: 16, height: 8, rgbSHA256: Self.image.sha256)
  }

  @Test func onlyImagesThatAskForItAreSigned() async throws {
    let signer = try Signed.signer()
    let plain = record(sign: false)
    #expect(
      try MarkedImage.encode(Self.image, plain, signer: signer) == PNGProvenance.encode(Self.image, plain))
    #expect(try MarkedImage.verify(PNGProvenance.encode(Self.image, plain), named: "x").signature == nil)
    let asked = record(sign: true)
    let signed = try MarkedImage.encode(Self.image, asked, signer: signer)
    #expect(try signed == MarkedImage.encode(Self.image, asked, signer: signer))
    let (found, signature) = try MarkedImage.verify(signed, named: "x", at: Signed.day)
    let read = found.record
    #expect(read == asked)
    #expect(await signature?.report(trusting: try Signed.anchors()).state == .trusted)
    #expect(throws: SigningError.self) { try MarkedImage.encode(Self.image, asked, signer: nil) }
    #expect(throws: SigningError.self) { try MarkedImage.check(nil) }
    try MarkedImage.check(signer, at: Signed.day)
    #expect(throws: SigningError.self) { try MarkedImage.check(signer, at: Date(timeIntervalSince1970: 2_500_000_000)) }
  }

  @Test func aSignatureThatIsGoneIsNoticed() throws {
    let signed = try MarkedImage.encode(Self.image, record(sign: true), signer: Signed.signer())
    let bare = try FileSignature.removed(from: signed, named: "x")
    let error = #expect(throws: SigningError.self) { try MarkedImage.verify(bare, named: "x") }
    #expect(error?.code == .missing)
  }

  /// The signature holds, but for another record than the one beside the pixels.
  @Test func theSignedRecordIsTheOneBesideThePixels() throws {
    let plain = try PNGProvenance.encode(Self.image, record(sign: true))
    let other = try Signed.signer().sign(plain, record: record(sign: false).canonical, named: "x")
    let signature = try MarkedImage.verify(other, named: "x", at: Signed.day).signature
    #expect(signature?.problem == "its record is not the one beside the pixels")
  }

  @Test func signedImagesNameTheSystemAndThePrompt() throws {
    let xmp = try record(sign: true).texts()[2].text
    for part in [
      "Iptc4xmpExt:AISystemUsed=\"EmoFarm, model tiny\"", "Iptc4xmpExt:AISystemVersionUsed=\"0.1.0\"",
      "Iptc4xmpExt:AIPromptInformation=\"awe: bag Negative prompt: a &quot;b&quot; &amp; &lt;c&gt;\"",
    ] { #expect(xmp.contains(part), "\(xmp)") }
    #expect(!(try record(sign: false).texts()[2].text.contains("AISystem")))
  }
}
