import Files
import Foundation
import ObjectStorage
import TestSupport
import Testing

/// Against a real server.
@Suite struct S3ClientTests {
  static func client(
    endpoint: String? = nil, bucket: String? = nil, patience: Duration = .seconds(10), certificate: String? = nil,
    environment: [String: String] = ObjectServer.environment, clock: @escaping @Sendable () -> Date = { Date() }
  ) throws -> S3Client {
    let server = try ObjectServer.shared()
    let address = bucket.map { "s3://\($0)/x" } ?? ObjectServer.newAddress()
    return try S3Client(
      S3Address(address),
      S3Options(
        endpoint: endpoint ?? server.endpoint, region: "us-east-1", certificateFile: certificate, patience: patience),
      environment: environment, clock: clock)
  }

  private static func expect(
    _ code: ObjectStorageErrorCode, _ words: String..., from body: () throws -> Void,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: location) { try body() } throws: { error in
      guard let error = error as? ObjectStorageError, error.code == code else { return false }
      return words.allSatisfy { "\(error)".contains($0) } && !"\(error)".contains("testing")
        && !"\(error)".contains("\n")
    }
  }

  @Test func objectsAreStoredReadListedCopiedAndDeleted() throws {
    let client = try Self.client()
    try client.check()
    let start = Date().addingTimeInterval(-5)
    for name in ["a", "b/1", "b/2 & ü~+%", "c"] { try client.put(Array(name.utf8), as: name) }
    #expect(try client.get("b/2 & ü~+%", atMost: 100) == Array("b/2 & ü~+%".utf8))
    #expect(try client.get("none", atMost: 100) == nil)
    #expect(try client.status(of: "none") == nil)
    let status = try #require(try client.status(of: "b/1"))
    #expect(status.bytes == 3 && status.modified > start && status.modified < Date().addingTimeInterval(5))
    let page = try client.list("b/")
    #expect(page.objects.map(\.key) == ["b/1", "b/2 & ü~+%"] && page.next == nil)
    #expect(abs(page.now.timeIntervalSinceNow) < 5)
    #expect(page.objects[0].bytes == 3 && page.objects[0].modified > start)
    #expect(try client.copy("a", to: "copy/a") && client.copy("none", to: "copy/none") == false)
    #expect(try client.get("copy/a", atMost: 100) == Array("a".utf8))
    try client.delete("a")
    try client.delete("a")
    #expect(try client.get("a", atMost: 100) == nil)
    try client.put([], as: "empty")
    #expect(try client.get("empty", atMost: 0) == [])
  }

  @Test func aListingGoesOnPageByPage() throws {
    let client = try Self.client()
    let names = (0..<7).map { "page/\($0)" }
    for name in names { try client.put([1], as: name) }
    var found: [String] = []
    var next: String?
    var pages = 0
    repeat {
      let page = try client.list("page/", from: next, atMost: 3)
      found += page.objects.map(\.key)
      next = page.next
      pages += 1
    } while next != nil
    #expect(found == names && pages == 3)
  }

  @Test func aLargeFileTravelsInPartsAndResumes() async throws {
    try await TestFolder.with { folder in
      let client = try Self.client()
      let bytes = [UInt8](unsafeUninitializedCapacity: 40 << 20) { buffer, count in
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 13) }
        count = buffer.count
      }
      try File.write(bytes, to: "\(folder)/large")
      var sent: [Int64] = []
      try client.upload("\(folder)/large", as: "large") { sent.append($0) }
      #expect(sent == [16 << 20, 32 << 20, 40 << 20])
      #expect(try client.status(of: "large")?.bytes == 40 << 20)
      var read: [UInt8] = []
      #expect(try client.read("large", from: 0) { read += $0 })
      #expect(read == bytes)
      read = []
      #expect(try client.read("large", from: 39 << 20) { read += $0 })
      #expect(read == Array(bytes[(39 << 20)...]))
      #expect(try client.read("none", from: 0) { _ in } == false)
    }
  }

  @Test func errorsSayWhatToDo() throws {
    let wrong = ["AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "wrong-secret"]
    Self.expect(.refused, "refuses the signature", "secret key") {
      try Self.client(environment: wrong).put([1], as: "a")
    }
    // An answer to HEAD says no more than 403.
    Self.expect(.refused, "403", "check the credentials") {
      _ = try Self.client(environment: wrong).status(of: "a")
    }
    Self.expect(.noBucket, "no bucket 'not-there'", "correct the setting store") {
      try Self.client(bucket: "not-there").put([1], as: "a")
    }
    Self.expect(.noBucket, "no bucket 'not-there'") { _ = try Self.client(bucket: "not-there").status(of: "a") }
    Self.expect(.noBucket, "no bucket 'not-there'") { try Self.client(bucket: "not-there").check() }
    for minutes in [-20.0, 20] {
      Self.expect(.clock, "this machine's time", "timedatectl") {
        try Self.client(clock: { Date().addingTimeInterval(minutes * 60) }).put([1], as: "a")
      }
    }
    Self.expect(.refused, "no credentials", "AWS_ACCESS_KEY_ID") {
      try Self.client(environment: ["AWS_EC2_METADATA_DISABLED": "true"]).put([1], as: "a")
    }
  }

  @Test func aDeletionDecidedLongAgoIsRefusedByTheServer() throws {
    let client = try Self.client()
    try client.put([1], as: "a")
    Self.expect(.clock) { try client.delete("a", decided: Date().addingTimeInterval(-1200)) }
    #expect(try client.get("a", atMost: 10) == [1])
    try client.delete("a", decided: Date().addingTimeInterval(-60))
    #expect(try client.get("a", atMost: 10) == nil)
  }

  @Test func aCustomAuthorityIsTrusted() throws {
    let server = try ObjectServer.shared()
    let endpoint = "https://localhost:\(server.securePort)"
    let client = try Self.client(endpoint: endpoint, certificate: server.certificate)
    try client.put([1, 2], as: "a")
    #expect(try client.get("a", atMost: 10) == [1, 2])
    Self.expect(.badSettings, "certificate is not trusted", "s3.ca_file") {
      try Self.client(endpoint: endpoint, patience: .seconds(2)).put([1], as: "a")
    }
  }

  @Test func rcloneReadsWhatWasStored() throws {
    let client = try Self.client()
    try client.put(Array("an image".utf8), as: "sha256/ab/image.png", type: "image/png")
    let text = try ObjectServer.shared().rclone("cat", "s:\(client.address.bucket)/\(client.address.prefix)sha256")
    #expect(text == Data("an image".utf8))
  }
}
