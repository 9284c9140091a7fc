import Files
import Foundation
import Signing
import TestSupport
import Testing

struct KeyTests {
  @Test func aNewKeySignsAndItsRootVouchesForIt() async throws {
    let key = try NewKey(organization: "Lab", name: "first", years: 3)
    let signer = ImageSigner(try SigningKey(pem: key.signer, named: "key"))
    #expect(signer.key.certificate.organization == "Lab" && signer.key.certificate.commonName == "first")
    #expect(signer.key.certificate.notAfter > Date().addingTimeInterval(3 * 365 * 86400 - 2 * 86400))
    let signed = try signer.sign(Signed.bytes("unsigned.png"), record: [UInt8]("{}".utf8), named: "x")
    let signature = try #require(try FileSignature(of: signed, named: "x"))
    let root = try TrustAnchors(pem: key.root, named: "root")
    #expect(await signature.report(trusting: root).state == .trusted)
    // A later key of the same root, and one of another.
    let later = try NewKey(organization: "Lab", name: "second", years: 5, root: (key.rootKey, "root-key.pem"))
    #expect(later.root == key.root)
    let second = try ImageSigner(SigningKey(pem: later.signer, named: "key")).sign(
      Signed.bytes("unsigned.png"), record: [UInt8]("{}".utf8), named: "x")
    #expect(try await FileSignature(of: second, named: "x")?.report(trusting: root).state == .trusted)
    let other = try TrustAnchors(pem: NewKey(organization: "Lab", name: "first", years: 3).root, named: "root")
    #expect(await signature.report(trusting: other).state == .valid)
    var tally = SignatureTally<Int>()
    tally.add(signature, of: 1)
    tally.add(nil, of: 2)
    #expect(await tally.untrusted(by: root).map(\.file) == [2])
    #expect(await tally.untrusted(by: other).map(\.file).sorted() == [1, 2])
  }

  @Test func keysThatCannotSignAreRefusedWithoutQuotingThem() throws {
    let key = try Signed.text("signing-key.pem")
    let blocks = key.components(separatedBy: "-----BEGIN ").dropFirst().map { "-----BEGIN " + $0 }
    let new = try NewKey(organization: "Lab", name: "other", years: 1)
    for (pem, problem) in [
      ("", "this is not a signing key"), ("-----BEGIN PRIVATE KEY-----\nMC4C\n", "this is not a signing key"),
      (blocks[0], "the private key has no certificate beside it"), (blocks[1], "there are 0 private keys"),
      (key + blocks[0], "there are 2 private keys"), (blocks[0] + new.root, "is not of the private key beside it"),
      (new.rootKey, "is self-signed"),
      (blocks[1].replacing("MII", with: "AAA") + blocks[0], "a certificate cannot be read"),
    ] {
      let error = #expect(throws: SigningError.self) { try SigningKey(pem: pem, named: "key.pem") }
      #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
      let secret = blocks[0].split(separator: "\n")[1]
      #expect(error?.description.contains(secret) != true)
    }
    // A key in another form must not be taken for a path.
    let secret = String(blocks[0].split(separator: "\n")[1])
    let error = #expect(throws: SigningError.self) { try SigningKey(setting: secret) }
    #expect(error?.description.contains(secret) == false)
    #expect(!"\(try SigningKey(setting: key))".contains(secret))
    #expect(!"\(ImageSigner(try SigningKey(setting: key)))".contains(secret))
    var dumped = ""
    dump(try SigningKey(setting: key), to: &dumped)
    #expect(!dumped.contains(secret))
  }

  @Test func aRootMustBeOneAndLastAsLong() throws {
    let key = try NewKey(organization: "Lab", name: "a", years: 1)
    for root in ["", key.signer, key.root] {
      #expect(throws: SigningError.self) {
        try NewKey(organization: "Lab", name: "b", years: 1, root: (root, "root-key.pem"))
      }
    }
    let error = #expect(throws: SigningError.self) {
      try NewKey(
        organization: "Lab", name: "b", years: 25, now: Date().addingTimeInterval(20 * 365.25 * 86400),
        root: (key.rootKey, "root-key.pem"))
    }
    #expect(error?.description.contains("the root is valid until") == true)
    #expect(throws: SigningError.self) { try TrustAnchors(pem: "no root", named: "root.pem") }
  }
}
