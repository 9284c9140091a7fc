import Foundation
import ObjectStorage
import Testing

/// The examples of Amazon's documentation ("Signature Calculations for the Authorization Header: Transferring Payload in
/// a Single Chunk").
@Suite struct SignatureTests {
  private static let signer = RequestSigner(
    credentials: Credentials(
      accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), region: "us-east-1")
  private static let host = ("host", "examplebucket.s3.amazonaws.com")
  private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  private static let date = Date(timeIntervalSince1970: 1_369_353_600)

  private static func signature(
    _ method: String, _ path: String, _ query: [(String, String)] = [], _ headers: [(String, String)] = [],
    payload: String = empty
  ) -> String? {
    signer.sign(method, path: path, query: query, headers: [host] + headers, payload: payload, date: date)
      .first { $0.0 == "authorization" }?.1.split(separator: "=").last.map(String.init)
  }

  @Test func theDocumentedSignaturesAreMade() {
    let read = Self.signature("GET", "/test.txt", [], [("range", "bytes=0-9")])
    #expect(read == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    let written = Self.signature(
      "PUT", "/test%24file.text", [],
      [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
      payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
    #expect(written == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    let asked = Self.signature("GET", "/", [("lifecycle", "")])
    #expect(asked == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    let listed = Self.signature("GET", "/", [("prefix", "J"), ("max-keys", "2")])
    #expect(listed == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  @Test func timesAreReadInAllNotations() {
    #expect(ServerTime.compact(Self.date) == "20130524T000000Z")
    #expect(ServerTime.parse("2013-05-24T00:00:00.000Z") == Self.date)
    #expect(ServerTime.parse("2013-05-24T00:00:00Z") == Self.date)
    #expect(ServerTime.parse("Fri, 24 May 2013 00:00:00 GMT") == Self.date)
    for wrong in [
      "", "Z", "2013-05-24", "2013-13-24T00:00:00Z", "Fri, 24 Foo 2013 00:00:00 GMT", "99999999999-1-1T1:1:1Z",
    ] {
      #expect(ServerTime.parse(wrong) == nil, "\(wrong)")
    }
  }

  @Test func aDescriptionOfCredentialsHoldsNoSecret() {
    let credentials = Credentials(accessKey: "key", secretKey: "the-secret", sessionToken: "the-token")
    for text in ["\(credentials)", "\(Optional(credentials) as Any)", String(reflecting: credentials)] {
      #expect(!text.contains("the-secret") && !text.contains("the-token"))
    }
  }
}
