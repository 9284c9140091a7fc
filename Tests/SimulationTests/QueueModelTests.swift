import Farm
import Files
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// The model of the simulation gives the answers of the real queue on PostgreSQL, over random histories.
@Suite struct QueueModelTests {
  static let lease = 60_000

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func theModelAnswersAsPostgreSQLDoes(_ seed: UInt64) async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let farm = FarmDatabase(pool: PostgresPool(configuration, size: 4))
      var history = try await History(farm, seed: seed)
      for step in 0..<250 {
        let what = try await history.step()
        let (real, model) = (try await history.rows(), history.modelRows)
        try #require(real == model, "seed \(seed), step \(step): \(what)")
      }
      #expect(history.kinds.count == History.operations, "seed \(seed)")
      await farm.close()
    }
  }
}

/// The same operations on both sides.
private struct History {
  static let operations = 16

  private let farm: FarmDatabase
  private var model = QueueModel()
  private var random: SeededRandom
  private var workers: [(real: WorkerKey, model: WorkerKey)] = []
  /// Claims, of which many are stale later.
  private var claims: [ClaimedJob] = []
  /// The operations that were carried out.
  private(set) var kinds: Set<Int> = []
  private var now = 0

  init(_ farm: FarmDatabase, seed: UInt64) async throws {
    self.farm = farm
    random = SeededRandom(seed: seed)
    let registered = try await farm.models.register(
      ModelDescription(
        name: "m", folder: "/m", digest: String(repeating: "a", count: 64), multiple: 8,
        files: [ModelFile(path: "unet/model.safetensors", bytes: 5, sha256: String(repeating: "a", count: 64))],
        defaults: .official))
    for (images, chunk) in [(9, 4), (5, 2)] {
      let spec = BatchSpec(
        name: "test", seed: 100, chunk: chunk, maxAttempts: 2,
        cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: images)])
      let plan = try spec.plan(defaults: registered.defaults, multiple: registered.multiple)
      let id = try await farm.batches.enqueue(plan, model: registered).id
      let twin = model.enqueue(seed: 100, specification: Int(id), images: images, chunk: chunk, maxAttempts: 2)
      try #require(id == twin)
    }
    for host in ["a", "b", "c"] {
      let real = try await farm.workers.register(host: host, pid: 1, engine: "e", version: "0", threads: 1)
      // A claim names the real registration in both.
      workers.append((real, model.register(host: host, registration: real.registration, now: 0)))
    }
  }

  /// Carries one operation out on both sides and compares the answers.
  mutating func step() async throws -> String {
    now += 1
    let kind = random.below(Self.operations)
    kinds.insert(kind)
    let batch = Int64(1 + random.below(2))
    guard kind > 6 || !claims.isEmpty else { return try await claim() }
    switch kind {
    case 0, 1:
      let claim = claims[random.below(claims.count)]
      return try await publish(claim, claim.firstIndex + random.below(claim.count), isTrue: random.below(5) > 0)
    case 2:
      // Everything of a job, so that jobs get done.
      let claim = claims[random.below(claims.count)]
      for index in claim.missing { _ = try await publish(claim, index, isTrue: true) }
      return try await leave(claim, 0)
    case 3:
      let claim = claims[random.below(claims.count)]
      let real = try await farm.jobs.heartbeat(claim.handle, lease: .milliseconds(QueueModelTests.lease))
      #expect(real == model.heartbeat(claim.handle, lease: QueueModelTests.lease, now: now))
      return "heartbeat"
    case 4, 5, 6: return try await leave(claims[random.below(claims.count)], kind - 3)
    case 7, 8: return try await claim()
    case 9:
      try await run("UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE state = 'running'")
      model.endLeases(now: now)
      return try await sweep()
    case 10:
      let real = try? await farm.batches.pause(batch)
      #expect((real != nil) == model.steer(batch, .pause))
    case 11:
      let real = try? await farm.batches.resume(batch)
      #expect((real != nil) == model.steer(batch, .resume))
    case 12 where random.below(3) == 0:
      let real = try? await farm.batches.cancel(batch)
      #expect((real != nil) == model.cancel(batch))
    case 13:
      let real = try? await farm.batches.retry(batch)
      #expect((real != nil) == model.retry(batch, now: now))
    case 14 where random.below(3) == 0:
      // Every file is missing.
      let store = ArtifactStore(home: "/nowhere")
      let real = try? await FarmRepair(database: farm, store: store).run(batch: batch)
      let taken = model.repair(batch, Array(0..<9), now: now)
      // Without images the real command does not come to the machine.
      #expect(real?.taken.images ?? 0 == taken ?? 0)
    default:
      try await run("UPDATE jobs SET run_at = now() WHERE state = 'ready' AND run_at > now()")
      model.endRests(now: now)
    }
    return "operation \(kind) on batch \(batch)"
  }

  private mutating func claim() async throws -> String {
    let worker = workers[random.below(workers.count)]
    let work = try await farm.jobs.claim(worker: worker.real, lease: .milliseconds(QueueModelTests.lease)).first
    guard case .images(let job) = work else {
      #expect(model.claimable(now: now).isEmpty)
      return "claim of nothing"
    }
    // The order is a matter of policy: the model says whether the choice is allowed.
    #expect(model.claimable(now: now).contains(job.handle.job))
    let handle = model.claim(
      job.handle.job, by: worker.model, number: job.handle.claim, lease: QueueModelTests.lease, now: now)
    #expect(handle == job.handle)
    #expect(model.missing(job.handle.job) == job.missing)
    let held = try await farm.jobs.held(worker: worker.real).map(\.handle.job)
    #expect(held.sorted() == model.held(by: worker.model).map(\.job))
    claims.append(job)
    return "claim of job \(job.handle.job)"
  }

  private mutating func publish(_ claim: ClaimedJob, _ index: Int, isTrue: Bool) async throws -> String {
    let seed = claim.seed(of: index) + (isTrue ? 0 : 1)
    let digest =
      String(repeating: "0", count: 32) + String(1 << 40 + Int(claim.handle.batch), radix: 16).padded(16)
      + String(seed, radix: 16).padded(16)
    let image = NewImage(
      index: index, seed: seed, specSHA256: claim.specSHA256, modelDigest: claim.model.digest, sha256: digest,
      rgbSHA256: digest, bytes: 1, actualSteps: 1, engine: "e", seconds: 1)
    var real = QueueModel.Publication.untrue
    do {
      real = .answer(try await farm.jobs.publish(claim.handle, image, lease: .milliseconds(QueueModelTests.lease)))
    } catch let error as FarmError where error.code == .artifactUntrue {}
    let twin = QueueModel.Image(index: index, seed: seed, specification: Int(claim.handle.batch))
    #expect(real == model.publish(claim.handle, twin, lease: QueueModelTests.lease, now: now))
    return "publication of image \(index) of \(claim.handle): \(real)"
  }

  /// 0 completes, 1 releases, 2 fails, 3 blames the host.
  private mutating func leave(_ claim: ClaimedJob, _ way: Int) async throws -> String {
    let real: Settlement
    let twin: Settlement
    switch way {
    case 0:
      real = try await farm.jobs.complete(claim.handle)
      twin = model.leave(claim.handle, .complete, expecting: [.completed], now: now)
    case 1:
      real = try await farm.jobs.release(claim.handle, .drained)
      twin = model.leave(
        claim.handle, .release(.drained), expecting: [.released, .cancelled, .completed], now: now)
    case 2:
      let permanent = random.below(4) == 0
      real = try await farm.jobs.fail(claim.handle, error: "test", permanent: permanent)
      twin = model.leave(claim.handle, .fail(permanent: permanent, jitter: 1), expecting: [.failed], now: now)
    default:
      let hosts = random.below(2)
      real = try await farm.jobs.refuse(claim.handle, reason: "test", mayBeTheJobs: hosts > 0)
      twin = model.leave(
        claim.handle, .hostFault(hosts: hosts), expecting: [.released, .failed, .cancelled, .completed], now: now)
    }
    #expect(real == twin, "\(claim.handle), way \(way)")
    return "leave \(claim.handle), way \(way): \(real)"
  }

  private mutating func sweep() async throws -> String {
    let report = try await farm.jobs.sweep()
    let expired = model.expired(now: now)
    #expect(Set(report.expired.map(\.handle)) == Set(expired))
    for handle in expired { _ = model.leave(handle, .expire(jitter: 1), expecting: [], now: now) }
    return "sweep"
  }

  private func run(_ sql: SQL) async throws {
    try await farm.pool.withConnection { _ = try await $0.query(sql) }
  }

  /// Jobs, batches and images as text.
  func rows() async throws -> [String] {
    let jobs = try await farm.pool.withConnection {
      try await $0.query(
        """
        SELECT id || ' ' || state || ' ' || token || ' ' || attempt || ' ' || images_done || ' '
          || coalesce(worker_id, 0) || ' ' || coalesce(cardinality(failing_hosts), 0) AS line FROM jobs ORDER BY id
        """
      ).map { try $0.string("line") }
    }
    var lines = jobs
    for batch in [1, 2] as [Int64] {
      let status = try await farm.batches.status(batch)
      lines.append(
        "\(status.state) \(status.imagesDone) \(status.jobs.done) \(status.jobs.failed) \(status.jobs.cancelled)")
      lines += try await farm.images.page(batch).map { "\($0.index) \($0.seed) \($0.job) \($0.token)" }
    }
    return lines
  }

  var modelRows: [String] {
    var lines = model.jobs.map {
      "\($0.id) \($0.state) \($0.token) \($0.attempt) \($0.imagesDone) \($0.worker ?? 0) \($0.failingHosts.count)"
    }
    for batch in model.batches {
      let running = model.jobs[batch.jobs].filter { $0.state == .running }
      let images = batch.imagesDone + running.reduce(0) { $0 + $1.imagesDone - $1.imagesCounted }
      lines.append("\(batch.state) \(images) \(batch.done) \(batch.failed) \(batch.cancelled)")
      lines += batch.accepted.values.sorted { $0.index < $1.index }
        .map { "\($0.index) \($0.seed) \($0.job) \($0.token)" }
    }
    return lines
  }
}

extension String {
  fileprivate func padded(_ length: Int) -> String { String(repeating: "0", count: max(0, length - count)) + self }
}
