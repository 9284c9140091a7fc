import Farm
import Files
import Foundation
import ObjectStorage
import Postgres
import TestSupport
import Testing

/// A farm's store in a bucket of a real server.
@Suite struct BucketStoreTests {
  private static let bytes = Array("an image".utf8)

  private static func location(credentials: String, endpoint: String? = nil, patience: Duration = .seconds(10)) throws
    -> StoreLocation
  {
    let server = try ObjectServer.shared()
    return .bucket(
      try S3Address(ObjectServer.newAddress()),
      S3Options(
        endpoint: endpoint ?? server.endpoint, region: "us-east-1", credentialsFile: credentials, patience: patience),
      scratch: TestFolder.parent)
  }

  private static func store(endpoint: String? = nil, patience: Duration = .seconds(10)) throws -> ArtifactStore {
    let server = try ObjectServer.shared()
    let client = try S3Client(
      S3Address(ObjectServer.newAddress()),
      S3Options(endpoint: endpoint ?? server.endpoint, region: "us-east-1", patience: patience),
      environment: ObjectServer.environment)
    return ArtifactStore(BucketStore(client, scratch: TestFolder.parent))
  }

  @Test func imagesHaveTheNamesThatAFolderGivesThem() throws {
    let store = try Self.store()
    let file = try store.put(Self.bytes)
    #expect(
      file.path.hasSuffix("/sha256/\(file.sha256.prefix(2))/\(file.sha256.dropFirst(2).prefix(2))/\(file.sha256).png"))
    #expect(try store.put(Self.bytes).sha256 == file.sha256)
    #expect(try store.read(file.sha256) == Self.bytes)
    #expect(try store.beginning(of: file.sha256, size: 8, atMost: 2) == Array("an".utf8))
    let found = try store.allFiles()
    #expect(found.map(\.sha256) == [file.sha256] && found[0].bytes == 8)
    #expect(try store.freeBytes() == nil)
    let missing = String(repeating: "ab", count: 32)
    #expect { try store.read(missing) } throws: { ($0 as? FarmError)?.code == .artifactMissing }
    #expect { try store.beginning(of: missing, size: 1, atMost: 1) } throws: {
      ($0 as? FarmError)?.code == .artifactMissing
    }
    #expect { try store.beginning(of: file.sha256, size: 9, atMost: 1) } throws: {
      ($0 as? FarmError)?.code == .artifactDamaged
    }
  }

  @Test func anObjectWithOtherBytesThanItsNameIsDamaged() throws {
    let store = try Self.store()
    let file = try store.put(Self.bytes)
    _ = try store.store.put(Array("an imagE".utf8), as: Self.name(file.sha256))
    #expect { try store.read(file.sha256) } throws: { ($0 as? FarmError)?.code == .artifactDamaged }
    _ = try store.put(Self.bytes)
    #expect(try store.read(file.sha256) == Self.bytes)
  }

  private static func name(_ sha256: String) -> String {
    "sha256/\(sha256.prefix(2))/\(sha256.dropFirst(2).prefix(2))/\(sha256).png"
  }

  @Test func aStoreThatIsAwayIsToldFromOneThatRefuses() throws {
    let line = try FaultyLine(to: try ObjectServer.shared().port)
    let store = try Self.store(endpoint: line.endpoint, patience: .milliseconds(300))
    line.set(.away)
    #expect { try store.put(Self.bytes) } throws: { ($0 as? FarmError)?.code == .storeAway }
    // A file that cannot be looked for is not said to be missing.
    #expect { try store.read(String(repeating: "ab", count: 32)) } throws: { ($0 as? FarmError)?.code == .storeAway }
    line.set(.none)
    _ = try store.put(Self.bytes)
    let client = try S3Client(
      S3Address("s3://no-such-bucket"), S3Options(endpoint: line.endpoint), environment: ObjectServer.environment)
    #expect { try ArtifactStore(BucketStore(client, scratch: "/")).put(Self.bytes) } throws: {
      ($0 as? FarmError)?.code == .storeRefused && "\($0)".contains("no bucket 'no-such-bucket'")
    }
  }

  @Test func aFileIsCollectedAfterItsGraceAndAnotherOneAside() async throws {
    try await FarmFixture.with { farm in
      let store = try Self.store()
      let (used, unused) = (try store.put(Array("used".utf8)), try store.put(Array("unused".utf8)))
      try await farm.enqueue(count: 4)
      let job = try await farm.claimOne()
      let image = FarmFixture.image(job, 0, file: used.sha256, bytes: used.bytes)
      _ = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
      let collector = ArtifactCollector(database: farm.database, store: store, grace: .seconds(3600))
      let late = Date().addingTimeInterval(7200)

      // By the store's clock the file is new, whatever this machine's says.
      var report = try await collector.run()
      #expect((report.images.waiting, report.images.deleted, report.images.kept) == (1, 0, 1))
      try await farm.run("UPDATE artifact_marks SET marked_at = now() - interval '2 hours'")
      report = try await collector.run()
      #expect((report.images.waiting, report.images.deleted) == (1, 0))
      #expect(try await collector.run(dryRun: true, now: late).images.waiting == 1)
      // It is moved aside, where readers still find it, for another grace period.
      report = try await collector.run(now: late)
      #expect((report.images.waiting, report.images.deleted, report.images.kept) == (1, 0, 1))
      #expect(try store.allFiles().filter(\.isAside).map(\.sha256) == [unused.sha256])
      #expect(try store.read(unused.sha256) == Array("unused".utf8))
      report = try await collector.run()
      #expect((report.images.waiting, report.images.deleted) == (1, 0))
      report = try await collector.run(now: late)
      #expect((report.images.deleted, report.images.bytesFreed, report.images.kept) == (1, 6, 1))
      #expect { try store.read(unused.sha256) } throws: { ($0 as? FarmError)?.code == .artifactMissing }
      #expect(try store.read(used.sha256) == Array("used".utf8))
      #expect(try store.allFiles().map(\.sha256) == [used.sha256])
      #expect(try await farm.count("artifact_marks") == 0)
    }
  }

  @Test func anImagePublishedWhileItsFileIsMovedAsideIsPutBack() async throws {
    try await FarmFixture.with { farm in
      let store = try Self.store()
      let file = try store.put(Self.bytes)
      let late = Date().addingTimeInterval(7200)
      // A collector decided before the writer's put and deletes after it.
      let found = try #require(try store.allFiles().first)
      _ = try store.store.setAside(found, ifUnusedSince: late)
      try await farm.enqueue(count: 4)
      let job = try await farm.claimOne()
      let image = FarmFixture.image(job, 0, file: file.sha256, bytes: file.bytes)
      _ = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
      #expect(try store.read(file.sha256) == Self.bytes)
      #expect(try store.allFiles().map(\.isAside) == [true])
      _ = try await ArtifactCollector(database: farm.database, store: store, grace: .seconds(3600)).run(now: late)
      #expect(try store.allFiles().map(\.isAside) == [false])
      #expect(try store.read(file.sha256) == Self.bytes)
    }
  }

  @Test func aBucketBelongsToOneFarm() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        // The credentials come from a file here.
        let file = "[default]\naws_access_key_id = test:tester\naws_secret_access_key = testing\n"
        try File.write(Array(file.utf8), to: "\(home)/credentials")
        let location = try Self.location(credentials: "\(home)/credentials")
        let store = try await farm.database.openStore(location, for: .writing)
        let image = try store.put(Self.bytes)
        #expect(try store.marker()?.farm == (try await farm.database.identity().id))
        try await FarmFixture.with { other in
          try await other.run("UPDATE farm SET id = gen_random_uuid()")
          let error = await #expect(throws: FarmError.self) {
            try await other.database.openStore(location, for: .reading)
          }
          #expect(error?.code == .storeRefused)
          _ = try await other.database.adoptStore(location)
          let reader = try await other.database.openStore(location, for: .reading)
          #expect(try reader.read(image.sha256) == Self.bytes)
        }
        // The first farm notices within seconds.
        try await eventually("the store is refused", within: .seconds(20)) {
          do {
            _ = try store.put(Self.bytes)
            return false
          } catch {
            return (error as? FarmError)?.code == .storeRefused
          }
        }
      }
    }
  }
}
