import Files
import Foundation
import Imaging
import Signing
import TestSupport
import Testing

/// What is signed, against files that c2pa-python read as valid and trusted (`Tests/Fixtures/signing/check.py`).
struct SigningTests {
  @Test(arguments: Signed.formats)
  func aFileIsSignedWithTheBytesThatAnotherReaderAccepted(format: String) async throws {
    let unsigned = try Signed.bytes("unsigned.\(format)")
    let signed = try Signed.signer().sign(unsigned, record: Signed.bytes("record.json"), named: "x")
    if ProcessInfo.processInfo.environment["EMOFARM_WRITE_GOLDENS"] != nil {
      try Data(signed).write(to: URL(filePath: SourceTree.fixture("signing/signed.\(format)")))
    }
    #expect(try signed == Signed.bytes("signed.\(format)"))
    let valid = try #require(try await Signed.report(signed))
    #expect(valid.state == .valid)
    #expect(valid.signer == "'Example Lab, EmoFarm test key'" && valid.algorithm == "Ed25519")
    #expect(valid.generator == "EmoFarm 0.1.0")
    #expect(try await Signed.report(signed, trusting: Signed.anchors())?.state == .trusted)
    #expect(try await Signed.report(signed, trusting: Signed.anchors("foreign-root.pem"))?.state == .valid)
    #expect(try FileSignature(of: signed, named: "x", at: Signed.day)?.record == Signed.bytes("record.json"))
    #expect(try FileSignature.removed(from: signed, named: "x") == unsigned)
    #expect(try await Signed.report(unsigned) == nil)
  }

  @Test func theSamePixelsAreReadFromASignedFile() throws {
    let (unsigned, signed) = (
      try PNG.decode(Signed.bytes("unsigned.png"), named: "x"), try PNG.decode(Signed.bytes("signed.png"), named: "x")
    )
    #expect(unsigned == signed)
    // The record still stands within the beginning of the file, which the audit reads.
    #expect(try PNG.texts(beforePixelsOf: Array(Signed.bytes("signed.png").prefix(1 << 14)), named: "x")?.count == 3)
  }

  @Test(arguments: ["foreign-es256.png", "foreign-ps256.jpg", "foreign-ed25519.webp"])
  func filesThatAnotherProgramSignedAreAccepted(name: String) async throws {
    let file = try Signed.bytes(name)
    let valid = try #require(try await Signed.report(file))
    #expect(valid.state == .valid, "\(valid)")
    #expect(valid.generator?.hasPrefix("another program 1") == true)
    #expect(try await Signed.report(file, trusting: Signed.anchors("foreign-root.pem"))?.state == .trusted)
    #expect(try await Signed.report(file, trusting: Signed.anchors())?.state == .valid)
  }

  @Test func aFileIsSignedOnce() throws {
    #expect(throws: SigningError.self) {
      try Signed.signer().sign(Signed.bytes("signed.png"), record: [], named: "x")
    }
    #expect(throws: SigningError.self) { try Signed.signer().sign(Array("GIF89a".utf8), record: [], named: "x") }
  }

  /// Lengths at which the numbers in the manifest grow by a byte, and a store that takes several segments of a JPEG.
  @Test(arguments: [0, 200, 60_000, 62_000, 64_500, 66_000, 140_000])
  func recordsOfAnyLengthAreSigned(length: Int) async throws {
    let record = Array("\"\(String(repeating: "a", count: length))\"".utf8)
    for format in Signed.formats {
      let signed = try Signed.signer().sign(Signed.bytes("unsigned.\(format)"), record: record, named: "x")
      #expect(try await Signed.report(signed)?.state == .valid, "\(format), \(length)")
      #expect(try FileSignature(of: signed, named: "x", at: Signed.day)?.record == record)
    }
  }

  @Test func signaturesCountWhileTheCertificateDoes() async throws {
    let file = try Signed.bytes("signed.png")
    for (day, isValid) in [(1_700_000_000.0, false), (1_800_000_000, true), (2_500_000_000, false)] {
      let date = Date(timeIntervalSince1970: day)
      let signature = try #require(try FileSignature(of: file, named: "x", at: date))
      #expect((signature.problem == nil) == isValid, "\(date): \(signature.problem ?? "")")
      #expect((await signature.report(trusting: try Signed.anchors()).state == .trusted) == isValid)
    }
  }
}
