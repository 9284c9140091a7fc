import Farm
import Postgres
import Testing
import Vocabulary

@Suite struct RegistryTests {
  @Test func aWorkerRegistersWorksAndDeregisters() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      #expect(try await workers.heartbeat(farm.worker, job: 5, freeBytes: 1 << 40, note: "waiting: disk") != nil)
      let status = try #require(try await workers.list().first)
      #expect(status.id == farm.worker.id && status.state == .active && status.job == 5)
      #expect(status.note == "waiting: disk" && status.freeBytes == 1 << 40)
      #expect(try await workers.heartbeat(farm.worker, draining: true) != nil)
      #expect(try await workers.list().map(\.state) == [.draining])
      try await workers.leave(farm.worker)
      #expect(try await workers.list().isEmpty)
      #expect(try await workers.list(all: true).map(\.state) == [.gone])
      #expect(try await workers.heartbeat(farm.worker) == nil)
      #expect(try await workers.heartbeat(WorkerKey(id: 4711, registration: 1)) == nil)
    }
  }

  @Test func aSilentWorkerIsLost() async throws {
    try await FarmFixture.with { farm in
      #expect(try await farm.jobs.sweep().workersLost.isEmpty)
      try await farm.run("UPDATE workers SET heartbeat_at = now() - interval '10 minutes'")
      #expect(try await farm.jobs.sweep().workersLost == [farm.worker.id])
      #expect(try await farm.database.workers.list(all: true).map(\.state) == [.lost])
      #expect(try await farm.database.workers.heartbeat(farm.worker) == nil)
      #expect(try await farm.database.events.recent().last?.kind == "worker.lost")
    }
  }

  @Test func aWorkerIsAliveWhileItReportsOrHoldsAJob() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      let batch = try await farm.enqueue(count: 4)
      #expect(try await workers.areAnyLive(for: batch))
      // An idle worker reports every few seconds; one that states why it waits reports only once a minute.
      try await farm.run("UPDATE workers SET heartbeat_at = now() - interval '20 s'")
      #expect(try await !workers.areAnyLive(for: batch))
      try await farm.run("UPDATE workers SET note = 'waiting: disk'")
      #expect(try await workers.areAnyLive(for: batch))
      try await farm.run("UPDATE workers SET heartbeat_at = now() - interval '2 minutes'")
      #expect(try await !workers.areAnyLive(for: batch))
      // A worker is also silent during a long block of work: its lease counts.
      _ = try await farm.claimOne()
      #expect(try await workers.areAnyLive(for: batch))
      try await farm.run("UPDATE jobs SET lease_expires_at = now() - interval '1 s' WHERE state = 'running'")
      #expect(try await !workers.areAnyLive(for: batch))
    }
  }

  @Test func aModelThatChangedIsNamed() async throws {
    try await FarmFixture.with { farm in
      let models = farm.database.models
      let same = try await models.register(.example())
      #expect(same == farm.model)
      let changed = ModelDescription.example(digest: "b")
      await #expect { try await models.register(changed) } throws: {
        "\($0)".contains("changed since 'tiny' was registered: unet/model.safetensors (changed)")
      }
      #expect { try farm.model.check(changed) } throws: { "\($0)".contains("unet/model.safetensors (changed)") }
      try farm.model.check(.example())

      let old = try await farm.enqueue(count: 4)
      let replaced = try await models.register(changed, replacing: true)
      #expect(replaced.id == farm.model.id && replaced.digest == changed.digest)
      // Batches enqueued for the old files are never rendered with the new ones: their jobs name the old digest.
      let job = try await farm.claimOne()
      #expect(job.handle.batch == old && job.model.digest == farm.model.digest)
    }
  }

  @Test func aRegistrationSaysTheVariantAndItsJobsToo() async throws {
    try await FarmFixture.with { farm in
      let models = farm.database.models
      let plain = ModelDescription.example()
      func defaults() async throws -> String {
        try await farm.run("SELECT defaults::text AS text FROM models WHERE name = 'tiny'").only().string("text")
      }
      let before = try await defaults()
      #expect(!before.contains("variant"))
      let named = ModelDescription(
        name: plain.name, folder: plain.folder, variant: "non_ema", digest: plain.digest, multiple: plain.multiple,
        files: plain.files, defaults: plain.defaults)
      await #expect { try await models.register(named) } throws: { "\($0)".contains("another variant") }
      let registered = try await models.register(named, replacing: true)
      #expect(registered.variant == "non_ema" && registered.registration == named)
      #expect(try await models.find("tiny").defaults == plain.defaults)
      _ = try await farm.enqueue(count: 4)
      #expect(try await farm.claimOne().model.variant == "non_ema")

      #expect(try await models.register(plain, replacing: true).variant == nil)
      #expect(try await defaults() == before)
    }
  }

  @Test func anUnknownModelErrorSuggestsTheNearestName() async throws {
    try await FarmFixture.with { farm in
      await #expect { try await farm.database.models.find("tini") } throws: { "\($0)".contains("did you mean 'tiny'?") }
      let found = try await farm.database.models.find("tiny")
      #expect(found == farm.model)
      #expect(try await farm.database.models.list() == [found])
    }
  }
}
