import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

/// Whose a store is, with a real database and real folders.
@Suite struct StoreIdentityTests {
  private static let bytes = [UInt8](repeating: 5, count: 1000)

  private static func marker(in home: String) -> String { "\(home)/artifacts/sha256/farm.json" }

  private static func refusal(_ farm: FarmFixture, _ home: String, _ use: FarmDatabase.StoreUse) async -> String? {
    let error = await #expect(throws: FarmError.self) { try await farm.database.openStore(.home(home), for: use) }
    #expect(error?.code == .storeRefused)
    return error?.description
  }

  /// Databases of tests are copies of one, and so have one farm's id.
  private static func become(_ farm: FarmFixture) async throws {
    try await farm.run("UPDATE farm SET id = gen_random_uuid()")
  }

  @Test func theFirstWriterMarksTheStoreAndReadersDoNot() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        _ = try await farm.database.openStore(.home(home), for: .reading)
        #expect(!FileManager.default.fileExists(atPath: "\(home)/artifacts"))
        let store = try await farm.database.openStore(.home(home), for: .writing)
        let farmID = try await farm.database.identity()
        #expect(try store.marker()?.farm == farmID.id)
        #expect(farmID.storeMarked != nil)
        _ = try store.put(Self.bytes)
        #expect(try await farm.database.openStore(.home(home), for: .reading).marker() == store.marker())
      }
    }
  }

  @Test func anotherFarmsStoreIsRefused() async throws {
    try await TestFolder.with { home in
      let first = try await FarmFixture.with { farm in
        _ = try await farm.database.openStore(.home(home), for: .writing).put(Self.bytes)
        return try await farm.database.identity().name
      }
      try await FarmFixture.with { farm in
        try await Self.become(farm)
        for use in [FarmDatabase.StoreUse.reading, .writing] {
          #expect(await Self.refusal(farm, home, use)?.contains("belongs to the farm \(first)") == true)
        }
        #expect(try await farm.database.adoptStore(.home(home))?.farm.uuidString.lowercased() == first)
        let store = try await farm.database.openStore(.home(home), for: .writing)
        #expect(try store.marker()?.farm == (try await farm.database.identity().id))
        #expect(try await farm.count("events WHERE kind = 'store.adopted'") == 1)
      }
    }
  }

  /// A farm of schema 3 knows nothing of markers: its store is marked if it holds the farm's images.
  @Test func aFarmOfTheEarlierSchemaKeepsItsStore() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        let file = try ArtifactStore(home: home).put(Self.bytes)
        #expect(await Self.refusal(farm, home, .writing)?.contains("has no image yet") == true)
        try await farm.enqueue(count: 2, emotions: [.awe])
        let job = try await farm.claimOne()
        _ = try await farm.jobs.publish(
          job.handle, FarmFixture.image(job, 0, file: file.sha256), lease: FarmFixture.lease)
        try await TestFolder.with { other in
          #expect(await Self.refusal(farm, other, .writing)?.contains("none of the latest 1 images") == true)
          #expect(await Self.refusal(farm, other, .reading) != nil)
          let left = try FileManager.default.contentsOfDirectory(atPath: other)
          #expect(left.isEmpty)
        }
        #expect(try await farm.database.openStore(.home(home), for: .writing).marker() != nil)
      }
    }
  }

  @Test(.enabled(if: SmallVolume.isAvailable, Comment(rawValue: SmallVolume.reason)))
  func aStoreThatIsUnmountedUnderAProgramGetsNothing() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        let artifacts = "\(home)/artifacts"
        try Folder.make(artifacts)
        let kept = try await SmallVolume.with(kilobytes: 256, at: artifacts) {
          let store = try await farm.database.openStore(.home(home), for: .writing)
          return (store, try store.put(Self.bytes))
        }
        let error = #expect(throws: FarmError.self) { try kept.0.put([1, 2, 3]) }
        #expect(error?.code == .storeRefused)
        // Its files are not said to be missing: nobody may conclude that they are lost.
        #expect(throws: FarmError.self) { try kept.0.checkOwner() }
        let unread = #expect(throws: FarmError.self) { try kept.0.read(kept.1.sha256) }
        #expect(unread?.code == .storeRefused)
        #expect(try FileManager.default.contentsOfDirectory(atPath: artifacts).isEmpty)
        let collector = ArtifactCollector(database: farm.database, store: kept.0, grace: .zero)
        await #expect(throws: FarmError.self) { try await collector.run() }
        #expect(await Self.refusal(farm, home, .reading)?.contains("mount the volume") == true)
      }
    }
  }

  @Test func aMarkerThatChangesUnderAProgramIsNoticed() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        let store = try await farm.database.openStore(.home(home), for: .writing)
        let file = try store.put(Self.bytes)
        let text = try String(contentsOfFile: Self.marker(in: home), encoding: .utf8)
        let id = try await farm.database.identity().id
        for broken in [text.replacing(id.uuidString, with: UUID().uuidString), "", "{}", text + text] {
          try broken.write(toFile: Self.marker(in: home), atomically: true, encoding: .utf8)
          let error = #expect(throws: FarmError.self) { try store.put(Self.bytes) }
          #expect(error?.code == .storeRefused)
        }
        try text.write(toFile: Self.marker(in: home), atomically: true, encoding: .utf8)
        #expect(try store.put(Self.bytes).sha256 == file.sha256)
      }
    }
  }

  /// Both farms find the store empty; only one of them gets it.
  @Test func twoFarmsThatBeginWithOneStoreAtOnceAreToldApart() async throws {
    try await FarmFixture.with { one in
      try await FarmFixture.with { other in
        try await Self.become(other)
        for _ in 0..<10 {
          try await TestFolder.with { home in
            let opened = await withTaskGroup(of: Bool.self) { group in
              for farm in [one, other] {
                group.addTask { (try? await farm.database.openStore(.home(home), for: .writing)) != nil }
              }
              return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(opened == 1)
          }
          for farm in [one, other] { try await farm.run("UPDATE farm SET store_marked_at = NULL") }
        }
      }
    }
  }
}
