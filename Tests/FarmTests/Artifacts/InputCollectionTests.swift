import Crypto
import Farm
import Files
import Foundation
import ObjectStorage
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// The collection of what jobs read, in a folder and in a bucket of a real server.
@Suite struct InputCollectionTests {
  private static let late = Date().addingTimeInterval(7200)

  private static func bucket() throws -> ArtifactStore {
    let client = try S3Client(
      S3Address(ObjectServer.newAddress()), S3Options(endpoint: ObjectServer.shared().endpoint, region: "us-east-1"),
      environment: ObjectServer.environment)
    return ArtifactStore(BucketStore(client, scratch: TestFolder.parent))
  }

  /// Files in a folder, and their list.
  private static func list(_ texts: [String: String], in folder: String) throws -> FileList {
    try Folder.make(folder)
    return FileList(
      files: try texts.sorted { $0.key < $1.key }.map { name, text in
        try File.write(Array(text.utf8), to: "\(folder)/\(name)")
        return ModelFile(path: name, bytes: text.utf8.count, sha256: sha256(text))
      })
  }

  private static func sha256(_ text: String) -> String { Hex.encode(SHA256.hash(data: Array(text.utf8))) }

  @Test(arguments: [false, true]) func whatNothingRefersToGoesAfterItsGrace(inABucket: Bool) async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = try inABucket ? Self.bucket() : ArtifactStore(home: folder)
        let archive = InputArchive(store)
        // A registered model, one of a batch whose name refers to another since, one of nobody, and a start picture.
        let registered = try Self.list(["a": "shared", "b": "registered"], in: "\(folder)/1")
        let earlier = try Self.list(["a": "earlier"], in: "\(folder)/2")
        let unused = try Self.list(["a": "shared", "c": "of nobody"], in: "\(folder)/3")
        for (list, place) in [(registered, "1"), (earlier, "2"), (unused, "3")] {
          _ = try archive.send(list, root: "\(folder)/\(place)", care: .size)
        }
        let picture = try Self.list(["picture.png": "a picture"], in: "\(folder)/4").files[0]
        _ = try archive.send([(picture, "\(folder)/4/picture.png")], care: .size)
        func model(_ list: FileList) -> ModelDescription {
          ModelDescription(
            name: farm.model.name, folder: "/models/x", multiple: 8, files: list.files, defaults: farm.model.defaults)
        }
        let first = try await farm.database.models.register(model(earlier), replacing: true)
        var settings = SettingsOverride()
        settings.source = AddedFile(path: "/pictures/picture.png", sha256: picture.sha256)
        let spec = BatchSpec(
          name: "test", seed: 1, settings: settings, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 1)])
        let batch = try await farm.batches.enqueue(
          spec.plan(defaults: first.defaults, multiple: first.multiple), model: first
        ).id
        try await farm.database.models.register(model(registered), replacing: true)

        let collector = ArtifactCollector(database: farm.database, store: store, grace: .seconds(3600))
        func run(_ now: Date? = Self.late) async throws -> CollectReport.Files {
          try await collector.run(now: now).inputs
        }
        #expect(try await collector.run(dryRun: true, now: Self.late).inputs.waiting == 2)
        var report = try await run()
        // Two lists, their three files and the picture are in use; the other list and its own file are not.
        #expect((report.kept, report.waiting, report.deleted) == (6, 2, 0))
        try await farm.run("UPDATE artifact_marks SET marked_at = now() - interval '2 hours'")
        // By the store's clock they are new.
        report = try await run(nil)
        #expect((report.waiting, report.deleted) == (2, 0))
        report = try await run()
        if inABucket {
          // They are aside, where a batch that was enqueued meanwhile still finds them.
          #expect((report.waiting, report.deleted) == (2, 0))
          #expect(try archive.contents(of: unused.digest) == unused)
          report = try await run()
        }
        #expect((report.kept, report.waiting, report.deleted) == (6, 0, 2))
        #expect(try archive.contents(of: unused.digest) == nil)
        for file in registered.files + earlier.files + [picture] {
          #expect(try archive.size(of: file.sha256) == Int64(file.bytes))
        }

        // What a finished batch needs for repair and replay stays until the batch is deleted.
        try await farm.finishAll()
        #expect(try await run().kept == 6)
        try await farm.batches.delete(batch)
        report = try await run()
        #expect((report.kept, report.waiting) == (3, 3))
      }
    }
  }

  @Test(arguments: [false, true]) func whatABatchNamesAgainIsPutBack(inABucket: Bool) async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = try inABucket ? Self.bucket() : ArtifactStore(home: folder)
        let archive = InputArchive(store)
        let list = try Self.list(["a": "a model"], in: "\(folder)/model")
        _ = try archive.send(list, root: "\(folder)/model", care: .size)
        // A collector decided, and died before it looked again.
        for area in [store.store] {
          let listing = try area.listing(of: .inputs, restoring: false)
          while let page = try listing.next() {
            for file in page.files { _ = try area.setAside(file, ifUnusedSince: Self.late) }
          }
        }
        func register(_ files: [ModelFile]) async throws -> RegisteredModel {
          try await farm.database.models.register(
            ModelDescription(
              name: farm.model.name, folder: "/models/x", multiple: 8, files: files, defaults: farm.model.defaults),
            replacing: true)
        }
        // Only the list, which is aside itself, says which files the batch's model has.
        let model = try await register(list.files)
        let spec = BatchSpec(name: "test", seed: 1, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 1)])
        _ = try await farm.batches.enqueue(
          spec.plan(defaults: model.defaults, multiple: model.multiple), model: model)
        _ = try await register([])
        let collector = ArtifactCollector(database: farm.database, store: store, grace: .seconds(3600))
        _ = try await collector.run(now: Self.late)
        #expect(try await collector.run(now: Self.late).inputs.kept == 2)
        #expect(try archive.contents(of: list.digest) == list)
        #expect(try store.store.size(of: "models/\(list.digest).json") != nil)
        #expect(try await Audit(database: farm.database, store: store).run().isEmpty)
      }
    }
  }

  @Test func anUploadThatNobodyContinuesIsEnded() async throws {
    try await FarmFixture.with { farm in
      let server = try ObjectServer.shared()
      let client = try S3Client(
        S3Address(ObjectServer.newAddress()), S3Options(endpoint: server.endpoint, region: "us-east-1"),
        environment: ObjectServer.environment)
      let digest = Self.sha256("large")
      for key in ["models/files/\(digest.prefix(2))/\(digest)", "of-somebody-else"] { _ = try client.begin(key) }
      let collector = ArtifactCollector(
        database: farm.database, store: ArtifactStore(BucketStore(client, scratch: "/")), grace: .seconds(3600))
      #expect(try await collector.run().uploadsEnded == 0)
      #expect(try await collector.run(dryRun: true, now: Self.late).uploadsEnded == 1)
      #expect(try await collector.run(now: Self.late).uploadsEnded == 1)
      #expect(try client.uploads()?.uploads.map(\.key) == ["of-somebody-else"])
      #expect(try await collector.run(now: Self.late).uploadsEnded == 0)
    }
  }

  @Test func theAuditNamesWhatIsMissingAndDamaged() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let archive = InputArchive(store)
        let list = try Self.list(["a": "first", "b": "second", "c": "third"], in: "\(folder)/model")
        _ = try archive.send(list, root: "\(folder)/model", care: .size)
        try await farm.database.models.register(
          ModelDescription(
            name: farm.model.name, folder: "/models/x", multiple: 8, files: list.files, defaults: farm.model.defaults),
          replacing: true)
        let audit = Audit(database: farm.database, store: store)
        #expect(try await audit.run(deep: true).isEmpty)
        func place(_ index: Int) -> String {
          let digest = list.files[index].sha256
          return "\(folder)/artifacts/models/files/\(digest.prefix(2))/\(digest)"
        }
        try File.remove(place(0))
        try File.write(Array("seconD".utf8), to: place(1))
        var findings = try await audit.run()
        #expect(findings.map(\.check) == ["input.missing"] && findings[0].rows[0].hasPrefix("a, "))
        findings = try await audit.run(deep: true)
        #expect(findings.map(\.check) == ["input.damaged", "input.missing"] && findings[0].rows[0].hasPrefix("b, "))
        #expect(try archive.send(list, root: "\(folder)/model", care: .bytes).files == 2)
        #expect(try await audit.run(deep: true).isEmpty)
      }
    }
  }
}
