import Checkpoints
import Datasets
import EmoGen
import Engine
import Farm
import Files
import Foundation
import ObjectStorage
import Postgres
import Specifications
import TestSupport
import Testing
import Training
import Vocabulary
import Worker

/// Workers whose store is in a bucket of a real server.
extension DaemonTests {
  @Suite struct Bucket {
    /// The store as a reader opens it.
    private static func store(_ address: String) throws -> ArtifactStore {
      let client = try S3Client(
        S3Address(address), S3Options(endpoint: ObjectServer.shared().endpoint, region: "us-east-1"),
        environment: ObjectServer.environment)
      return ArtifactStore(BucketStore(client, scratch: TestFolder.parent))
    }

    private static func isSound(_ batch: Int64, _ farm: TestFarm, _ address: String, images: Int) async throws {
      let findings = try await Audit(database: farm.database, store: store(address)).run(deep: true)
      #expect(findings.isEmpty)
      let rows = try await farm.database.images.page(batch)
      #expect(rows.map(\.sha256) == Array(try await Undisturbed.files().prefix(images)))
      #expect(farm.files() == 0)
    }

    private static func spooled(_ farm: TestFarm) throws -> [String] {
      try Folder.entries(below: "\(farm.home)/spool").files
    }

    @Test(.timeLimit(.minutes(10))) func aBatchIsRenderedIntoABucket() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let batch = try await farm.enqueue(24, chunk: 8)
        let environment = try ObjectServer.shared().environment(store: address)
        let daemon = try farm.daemon("worker", ["--once"], environment: environment)
        #expect(try await daemon.end() == .exited(0), "\(daemon.text)")
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await Self.isSound(batch, farm, address, images: 24)
        #expect(try Self.spooled(farm).isEmpty)
        #expect(!daemon.text.contains("testing"))
      }
    }

    @Test(.timeLimit(.minutes(10))) func whileTheStoreIsAwayImagesWaitAndTheLeaseIsKept() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let batch = try await farm.enqueue(24, chunk: 24)
        let server = try ObjectServer.shared()
        let line = try FaultyLine(to: server.port)
        let gate = try farm.gate(.rendered(image: 4))
        let environment = server.environment(store: address, endpoint: line.endpoint)
        let daemon = try farm.daemon("worker", lease: 8, environment: environment)
        try await daemon.comes(to: gate)
        try await farm.publishes(4, of: batch, daemon)
        line.set(.away)
        gate.open()
        try await daemon.logs("the store is away")
        // The whole job is rendered meanwhile, and the operator reads why nothing is published.
        try await eventually("all other images wait here", within: .seconds(60)) { try Self.spooled(farm).count == 20 }
        try await eventually("the registry says so", within: .seconds(30)) {
          try await farm.database.workers.list().contains { $0.note?.contains("20 finished images wait here") == true }
        }
        // Longer than a lease.
        let away = ContinuousClock.now
        try await eventually("a lease has passed", within: .seconds(60)) { ContinuousClock.now - away > .seconds(9) }
        #expect(try await farm.database.images.count(batch) == 4)
        line.set(.none)
        try await daemon.logs("the store is back")
        #expect(try await farm.finishes(batch, daemon).state == .done)
        let rows = try await farm.database.images.page(batch)
        #expect(Set(rows.map(\.token)).count == 1)
        try await Self.isSound(batch, farm, address, images: 24)
        #expect(try Self.spooled(farm).isEmpty)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func whatAKilledWorkerHadNotSentIsRenderedAgain() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let batch = try await farm.enqueue(8, chunk: 8)
        let server = try ObjectServer.shared()
        let line = try FaultyLine(to: server.port)
        let gate = try farm.gate(.rendered(image: 2))
        let environment = server.environment(store: address, endpoint: line.endpoint)
        let daemon = try farm.daemon("worker", lease: 5, environment: environment)
        try await daemon.comes(to: gate)
        line.set(.away)
        gate.open()
        try await eventually("images wait here", within: .seconds(60)) { try Self.spooled(farm).count >= 4 }
        daemon.send(SIGKILL)
        #expect(try await daemon.end() == .killed(SIGKILL))
        #expect(try !Self.spooled(farm).isEmpty)
        line.set(.none)
        let next = try farm.daemon("next", lease: 5, environment: environment)
        #expect(try await farm.finishes(batch, daemon, next).state == .done)
        try await Self.isSound(batch, farm, address, images: 8)
        #expect(try Self.spooled(farm).isEmpty)
        next.send(SIGTERM)
        #expect(try await next.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aDrainWithoutTheStoreEndsAfterALeaseAndReturnsTheJob() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let batch = try await farm.enqueue(8, chunk: 8)
        let server = try ObjectServer.shared()
        let line = try FaultyLine(to: server.port)
        let gate = try farm.gate(.rendered(image: 2))
        let environment = server.environment(store: address, endpoint: line.endpoint)
        let daemon = try farm.daemon("worker", lease: 5, environment: environment)
        try await daemon.comes(to: gate)
        line.set(.away)
        gate.open()
        try await daemon.logs("the store is away")
        daemon.send(SIGTERM)
        #expect(try await daemon.end(within: .seconds(40)) == .exited(0))
        let status = try await farm.database.batches.status(batch)
        #expect(status.state == .running && status.imagesDone < 8)
        line.set(.none)
        let next = try farm.daemon("next", ["--once"], environment: environment)
        #expect(try await next.end() == .exited(0))
        try await Self.isSound(batch, farm, address, images: 8)
      }
    }

    /// Two workers with a database, a store and an empty data folder each fetch what they lack and share it.
    @Test(.timeLimit(.minutes(10))) func aModelTravelsToWorkersWithoutItsPath() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let environment = try ObjectServer.shared().environment(store: address)
        let folder = try farm.copyOfTheModel()
        try await farm.register(folder)
        let model = try ModelFolder(folder)
        let description = try model.describe()
        _ = try InputArchive(Self.store(address)).send(
          FileList(description, root: folder, documents: model.documents(beside: description)), root: folder,
          care: .size)
        try FileManager.default.removeItem(atPath: folder)
        let batch = try await farm.enqueue(16, chunk: 4)
        let one = try farm.daemon("one", ["--once"], environment: environment)
        let two = try farm.daemon("two", ["--once"], environment: environment)
        #expect(try await one.end() == .exited(0), "\(one.text)")
        #expect(try await two.end() == .exited(0), "\(two.text)")
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await Self.isSound(batch, farm, address, images: 16)
        let names = try Folder.names(in: "\(farm.home)/models").filter { $0.utf8.count == 64 }
        #expect(names.count == 1)

        // A copy that was damaged later is fetched again.
        let weights = try #require(
          try Folder.entries(below: "\(farm.home)/models/\(names[0])").files.first {
            $0.hasPrefix("unet/") && $0.hasSuffix(".safetensors")
          })
        let path = "\(farm.home)/models/\(names[0])/\(weights)"
        var bytes = try File.read(path)
        bytes[bytes.count - 1] ^= 1
        try File.write(bytes, to: path)
        let second = try await farm.enqueue(24, chunk: 24)
        let three = try farm.daemon("three", ["--once"], environment: environment)
        #expect(try await three.end() == .exited(0), "\(three.text)")
        #expect(three.text.contains("a copied model is damaged"))
        #expect(try await farm.database.batches.status(second).state == .done)
        try await Self.isSound(second, farm, address, images: 24)
      }
    }

    /// A LoRA, a textual inversion and a start picture that only the machine that enqueues has.
    @Test(.timeLimit(.minutes(10))) func addedFilesTravelToWorkersWithoutTheirPaths() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let environment = try ObjectServer.shared().environment(store: address)
        let there = "\(farm.home)/there"
        try FileManager.default.createDirectory(atPath: there, withIntermediateDirectories: true)
        for (source, name) in [
          ("additions/kohya.safetensors", "style.safetensors"), ("additions/toy.pt", "toy.pt"),
          ("pictures/source.png", "source.png"),
        ] { try FileManager.default.copyItem(atPath: SourceTree.fixture(source), toPath: "\(there)/\(name)") }
        func file(_ name: String) throws -> AddedFile { try AddedFile(path: "\(there)/\(name)").identified() }
        var settings = SettingsOverride(steps: 2)
        settings.loras = [LoRAUse(file: try file("style.safetensors"), weight: 0.7)]
        settings.embeddings = [EmbeddingUse(file: try file("toy.pt"))]
        settings.source = try file("source.png")
        let files = [try file("style.safetensors"), try file("toy.pt"), try file("source.png")]
        let sent = try InputArchive(Self.store(address)).send(
          files.map { (try $0.files().files[0], $0.path) }, care: .size)
        #expect(sent.files == 3)

        func enqueue() async throws -> Int64 {
          let model = try await farm.database.models.find(Undisturbed.model)
          let spec = BatchSpec(
            name: "added", model: model.name, seed: 5, chunk: 2, settings: settings,
            cells: [CellSpec(texts: ["a toy castle"], count: 2)])
          let plan = try spec.plan(defaults: model.defaults, multiple: model.multiple)
          return try await farm.database.batches.enqueue(plan, model: model).id
        }
        let batch = try await enqueue()
        try FileManager.default.moveItem(atPath: there, toPath: "\(farm.home)/away")
        // Other bytes at a file's path are not used.
        try FileManager.default.createDirectory(atPath: there, withIntermediateDirectories: true)
        try File.write([1, 2, 3], to: "\(there)/style.safetensors")
        let one = try farm.daemon("one", ["--once"], environment: environment)
        #expect(try await one.end() == .exited(0), "\(one.text)")
        #expect(try await farm.database.batches.status(batch).state == .done, "\(one.text)")
        #expect(one.text.contains("style.safetensors") && one.text.contains("copy from the store"), "\(one.text)")
        #expect(try await Audit(database: farm.database, store: Self.store(address)).run(deep: true).isEmpty)

        // A worker that has the files renders the same bytes: images record the request as it was made.
        try FileManager.default.removeItem(atPath: there)
        try FileManager.default.moveItem(atPath: "\(farm.home)/away", toPath: there)
        try FileManager.default.removeItem(atPath: "\(farm.home)/models")
        let again = try await enqueue()
        let two = try farm.daemon("two", ["--once"], environment: environment)
        #expect(try await two.end() == .exited(0), "\(two.text)")
        let (mine, its) = (
          try await farm.database.images.page(batch).map(\.sha256),
          try await farm.database.images.page(again).map(\.sha256)
        )
        #expect(mine.count == 2 && mine == its)
        #expect(try Folder.names(in: "\(farm.home)/models").isEmpty)
      }
    }

    /// Labelled pictures that only the machine that enqueues has.
    @Test(.timeLimit(.minutes(10))) func theDataOfATrainingTravelsToWorkersWithoutItsPath() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let environment = try ObjectServer.shared().environment(store: address)
        let data = "\(farm.home)/pictures"
        _ = try SyntheticDataset(perAttribute: 3, size: 32, seed: 1).write(to: data)
        var encoder = EncoderPlan()
        encoder.width = 4
        encoder.layers = [1, 1]
        encoder.embedding = 16
        encoder.imageSize = 32
        var settings = EncoderPlan.settings
        (settings.steps, settings.batch, settings.warmUp) = (6, 8, 2)
        var plan = TrainingPlan(
          stage: .encoder(encoder), data: TrainingPictures(folder: data, size: 32), settings: settings,
          out: "\(farm.home)/expected")
        plan.settings.seed = 11
        let expected = try plan.prepare(on: Compute(threads: 1))
        #expect(try expected.run.run(exportTo: plan.out) == .finished)

        let list = try FileList(folder: data)
        let sent = try InputArchive(Self.store(address)).send(list, root: data, care: .size)
        #expect(sent.files == list.files.count && list.objects.count == 1)
        plan.inputs[.data] = list.digest
        plan.out = "trained"
        // Other pictures at the path are not used.
        try File.remove("\(data)/\(try #require(list.files.last).path)")
        let spec = BatchSpec(name: "training", seed: 11, maxAttempts: 1, training: plan)
        let batch = try await farm.database.batches.enqueueTraining(spec).id
        let daemon = try farm.daemon("worker", ["--once"], environment: environment)
        #expect(try await daemon.end() == .exited(0), "\(daemon.text)")
        #expect(try await farm.database.batches.status(batch).state == .done, "\(daemon.text)")
        #expect(daemon.text.contains("the store's copy is used"), "\(daemon.text)")
        #expect(
          try File.read("\(farm.home)/trained/model.safetensors")
            == File.read("\(farm.home)/expected/model.safetensors"))
        // What a batch names is not collected.
        let collector = ArtifactCollector(
          database: farm.database, store: try Self.store(address), grace: .seconds(3600))
        let report = try await collector.run(dryRun: true, now: Date().addingTimeInterval(7200)).inputs
        #expect((report.kept, report.waiting) == (2, 0))
      }
    }

    /// Nobody can run a job whose model is damaged in the store: it waits, uncharged, until the model was sent again.
    @Test(.timeLimit(.minutes(10))) func aModelThatIsDamagedInTheStoreIsTheFarmsFault() async throws {
      try await TestFarm.with { farm in
        let address = ObjectServer.newAddress()
        let environment = try ObjectServer.shared().environment(store: address)
        let folder = try farm.copyOfTheModel()
        try await farm.register(folder)
        let model = try ModelFolder(folder)
        let list = FileList(
          try model.describe(), root: folder, documents: try model.documents(beside: model.describe()))
        let store = try Self.store(address)
        let archive = InputArchive(store)
        _ = try archive.send(list, root: folder, care: .size)
        let file = try #require(list.files.max { $0.bytes < $1.bytes })
        let name = "models/files/\(file.sha256.prefix(2))/\(file.sha256)"
        _ = try store.store.put([UInt8](repeating: 0, count: file.bytes), as: name)
        try FileManager.default.moveItem(atPath: folder, toPath: "\(farm.home)/away")
        let batch = try await farm.enqueue(8, chunk: 8, attempts: 1)
        let daemon = try farm.daemon("worker", environment: environment)
        try await farm.saysWhyItWaits(daemon)
        #expect(
          try await farm.database.workers.list().contains { worker in
            worker.note?.contains(file.path) == true && worker.suspended == nil
          })
        let waits = try await farm.database.batches.waits(batch)
        #expect(waits.values.reduce(0, +) == 1 && waits.keys.allSatisfy { $0.contains("models add --upload") })
        let findings = try await Audit(database: farm.database, store: store).run()
        #expect(findings.map(\.check) == ["input.damaged"], "\(findings)")
        #expect(findings.first?.rows.first?.contains("\(file.path), found by worker") == true)
        #expect(try archive.send(list, root: "\(farm.home)/away", care: .bytes).files == 1)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await Self.isSound(batch, farm, address, images: 8)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }
  }
}
