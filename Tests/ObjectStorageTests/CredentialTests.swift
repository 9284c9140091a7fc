import Files
import Foundation
import ObjectStorage
import TestSupport
import Testing

/// Each source of credentials, by what a real server accepts.
@Suite struct CredentialTests {
  private static func put(_ environment: [String: String], profile: String? = nil) throws {
    let server = try ObjectServer.shared()
    try S3Client(
      S3Address(ObjectServer.newAddress()),
      S3Options(endpoint: server.endpoint, region: "us-east-1", profile: profile, patience: .seconds(2)),
      environment: environment.merging(["AWS_EC2_METADATA_DISABLED": "true"]) { given, _ in given }
    ).put([1], as: "a")
  }

  private static func refuses(
    _ words: String, _ environment: [String: String], profile: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: location) { try put(environment, profile: profile) } throws: {
      ($0 as? ObjectStorageError)?.code == .refused && (words.isEmpty || "\($0)".contains(words))
        && !"\($0)".contains("testing")
    }
  }

  @Test func aFileOfCredentialsIsReadByItsSections() async throws {
    try await TestFolder.with { folder in
      let file = """
        # comment
        [default]
        aws_access_key_id = nobody:none
        aws_secret_access_key=testing

        [ farm ]
        aws_access_key_id = test:tester
        aws_secret_access_key = testing
        [half]
        aws_access_key_id = test:tester
        """
      try Folder.make("\(folder)/.aws")
      try File.write(Array(file.utf8), to: "\(folder)/.aws/credentials")
      try Self.put(["HOME": folder], profile: "farm")
      try Self.put(["HOME": folder, "AWS_PROFILE": "farm"])
      // A profile of the settings goes before the environment's keys.
      try Self.put(
        ["HOME": folder, "AWS_ACCESS_KEY_ID": "nobody:none", "AWS_SECRET_ACCESS_KEY": "x"], profile: "farm")
      Self.refuses("", ["HOME": folder])
      Self.refuses("no section [other]", ["HOME": folder], profile: "other")
      Self.refuses("[half]", ["HOME": folder], profile: "half")
    }
  }

  @Test func aContainerHandsOutCredentialsThatEndAndAreRenewed() throws {
    let service = try CredentialsServer()
    service.lifetime = 1000
    let environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(service.port)/container",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pass",
    ]
    let client = try S3Client(
      S3Address(ObjectServer.newAddress()), S3Options(endpoint: try ObjectServer.shared().endpoint),
      environment: environment)
    try client.put([1], as: "a")
    try client.put([1], as: "b")
    #expect(service.handedOut == 1)
    // What ends within five minutes is fetched again before each use.
    service.lifetime = 100
    let hasty = try S3Client(
      S3Address(ObjectServer.newAddress()), S3Options(endpoint: try ObjectServer.shared().endpoint),
      environment: environment)
    try hasty.put([1], as: "a")
    try hasty.put([1], as: "b")
    #expect(service.handedOut == 3)
    // The service is away: the credentials serve until they end.
    service.isAway = true
    try hasty.put([1], as: "c")
    service.isAway = false
    Self.refuses(
      "the container's credentials cannot be fetched",
      environment.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong"]) { $1 })
  }

  @Test func anInstanceHandsOutCredentialsForAToken() throws {
    let service = try CredentialsServer()
    let environment = [
      "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(service.port)/", "AWS_EC2_METADATA_DISABLED": "false",
    ]
    try Self.put(environment)
    #expect(service.handedOut == 1)
    service.hasRole = false
    Self.refuses("there are no credentials for the store", environment)
  }
}
