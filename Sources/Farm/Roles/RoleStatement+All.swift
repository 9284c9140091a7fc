import Foundation
import Imaging
import Postgres
import Specifications
import Vocabulary

extension RoleStatement {
  private static let anybody: Set<FarmRole> = [.producer, .worker, .reader, .admin]
  private static let steering: Set<FarmRole> = [.producer, .admin]
  private static let working: Set<FarmRole> = [.worker, .admin]
  private static let changing: Set<FarmRole> = [.producer, .worker, .admin]

  /// Every statement of the farm.
  package static func all() throws -> [RoleStatement] {
    try batches() + jobs() + people() + books() + reading()
  }

  // Sample values; the statements are explained, not run.
  private static let handle = JobHandle(batch: 1, job: 1, token: 1, claim: 1)
  private static let worker = WorkerKey(id: 1, registration: 1)
  private static let lease = Duration.seconds(60)
  private static let digest = [UInt8](repeating: 0, count: 32)
  private static let digests = [String(repeating: "0", count: 64)]
  private static let json = JSONText("{}")
  private static let model = ModelDescription(
    name: "model", folder: "/model", multiple: 8, files: [],
    defaults: RenderSettings(width: 64, height: 64, steps: 1, sampler: .dpmpp2m, guidance: 1))
  private static let batch = BatchMachine(state: .running, jobs: 1, done: 0, failed: 0, cancelled: 0, isStarted: true)

  private static func batches() throws -> [RoleStatement] {
    let spec = BatchSpec(
      name: "batch", key: nil, seed: 0, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 1)])
    let plan = try spec.plan(defaults: model.defaults, multiple: model.multiple)
    let registered = RegisteredModel(id: 1, registration: model, registered: Date(timeIntervalSince1970: 0))
    return [
      .init(
        "BatchSQL.insert", steering,
        BatchSQL.insert(plan, spec: json, accept: nil, digest: digest, model: registered, user: nil)),
      .init("BatchSQL.insertCells", steering, BatchSQL.insertCells(batch: 1, json)),
      .init("BatchSQL.insertJobs", steering, BatchSQL.insertJobs(batch: 1, chunk: 4)),
      .init("BatchSQL.lock", changing, BatchSQL.lock(1)),
      .init("BatchSQL.commit", changing, BatchSQL.commit(1, batch)),
      .init("TallySQL.fold", changing, TallySQL.fold(1)),
      .init("BatchSQL.setPriority", steering, BatchSQL.setPriority(1, 1)),
      .init("BatchSQL.delete", steering, BatchSQL.delete(1)),
      .init("TrainingSQL.insertBatch", steering, TrainingSQL.insertBatch(spec, json: json, digest: digest, user: nil)),
      .init("TrainingSQL.insert", steering, TrainingSQL.insert(batch: 1, steps: 1)),
      .init("TrainingSQL.heartbeat", working, TrainingSQL.heartbeat(handle, lease: lease, nil)),
      .init("TrainingSQL.leave", working, TrainingSQL.leave(batch: 1, isDone: true)),
      // Policies and triggers refuse these to workers when they run.
      .init("JobSQL.cancelReady", changing, JobSQL.cancelReady(batch: 1)),
      .init("JobSQL.retry", changing, JobSQL.retry(batch: 1, cancelled: true)),
    ]
  }

  private static func jobs() throws -> [RoleStatement] {
    let image = NewImage(
      index: 0, seed: 0, specSHA256: digest, modelDigest: digests[0], sha256: digests[0], rgbSHA256: digests[0],
      bytes: 1, actualSteps: 1, engine: "engine", seconds: 1)
    let measured = NewImage(
      index: 0, seed: 0, specSHA256: digest, modelDigest: digests[0], sha256: digests[0], rgbSHA256: digests[0],
      bytes: 1, actualSteps: 1, engine: "engine", seconds: 1,
      measurement: ImageMeasurement(
        classifiers: digests[0], emotions: Emotion.allCases.map { _ in 0.125 }, content: nil, embedding: [1],
        hash: PerceptualHash(bits: 0)))
    let change = JobMachine.Change(state: .done, attempt: 1, delay: .zero, outcome: .completed)
    return [
      .init(
        "JobSQL.claim", [.worker],
        JobSQL.claim(
          worker: worker, number: 1, lease: lease, limit: 1, models: nil,
          knowing: ClaimMemory.View(isWhole: true))),
      .init("JobSQL.complete", working, JobSQL.complete(handle, behind: nil)),
      .init("JobSQL.runningByBatch", [.worker], JobSQL.runningByBatch),
      .init("JobSQL.held", anybody, JobSQL.held(worker: worker, except: [])),
      .init("JobSQL.heartbeat", working, JobSQL.heartbeat(handle, lease: lease, nil)),
      .init("JobSQL.publish", [.worker], JobSQL.publish(handle, image, sha256: digest, rgb: digest, lease: lease)),
      .init("JobSQL.publish", [.worker], JobSQL.publish(handle, measured, sha256: digest, rgb: digest, lease: lease)),
      // A policy refuses an admin any other reason than `by_hand` when it runs.
      .init(
        "JobSQL.reject", working,
        JobSQL.reject(
          handle, image, Rejection(criterion: .notBlank), sha256: digest, rgb: digest, lease: lease)),
      .init("DuplicateSQL.reject", working, DuplicateSQL.reject(1, [1], likenesses: [1])),
      .init("JobSQL.isRejected", anybody, JobSQL.isRejected(handle, image, sha256: digest)),
      .init("JobSQL.isPublished", anybody, JobSQL.isPublished(handle, index: 0, sha256: digest)),
      .init("JobSQL.lock", changing, JobSQL.lock(handle)),
      .init("JobSQL.missing", anybody, JobSQL.missing(handle)),
      .init("JobSQL.blameHost", changing, JobSQL.blameHost(handle)),
      .init("JobSQL.leave", working, JobSQL.leave(handle, change, cell: 0, images: 1, error: nil)),
      .init("JobSQL.outcome", anybody, JobSQL.outcome(handle)),
      .init("JobSQL.expired", anybody, JobSQL.expired(limit: 1)),
      .init("JobSQL.next", anybody, JobSQL.next(worker: worker)),
      .init("JobSQL.leases", anybody, JobSQL.leases(except: worker)),
    ]
  }

  private static func people() throws -> [RoleStatement] {
    let machine = WorkerMachine(state: .active)
    return [
      .init(
        "WorkerSQL.register", [.worker],
        WorkerSQL.register(
          host: "host", pid: 1, engine: "engine", version: "1", threads: 1, precisions: [], labels: [],
          request: nil, registration: 1)),
      .init("WorkerSQL.lock", working, WorkerSQL.lock(worker)),
      .init("WorkerSQL.lock", working, WorkerSQL.lock(.all)),
      .init("WorkerSQL.orders", anybody, WorkerSQL.orders(worker)),
      .init("WorkerSQL.direct", [.admin], WorkerSQL.direct(1, machine)),
      .init(
        "WorkerSQL.heartbeat", working, WorkerSQL.heartbeat(1, machine, job: nil, freeBytes: nil, note: nil)),
      .init("WorkerSQL.suspend", working, WorkerSQL.suspend(worker, "reason")),
      .init("WorkerSQL.endSuspension", working, WorkerSQL.endSuspension(worker)),
      .init("WorkerSQL.end", working, WorkerSQL.end(1, machine)),
      .init("WorkerSQL.silent", working, WorkerSQL.silent(longerThan: lease)),
      .init("WorkerSQL.list", anybody, WorkerSQL.list(all: true)),
      .init("WorkerSQL.anyLive", anybody, WorkerSQL.anyLive(for: 1)),
      .init("CapSQL.setUser", [.admin], CapSQL.setUser("user", weight: 1, cap: .set(1))),
      .init("CapSQL.setHost", [.admin], CapSQL.setHost("host", cap: 1)),
      .init("CapSQL.removeHost", [.admin], CapSQL.removeHost("host")),
      .init("CapSQL.concerns", anybody, CapSQL.concerns(worker)),
      .init("CapSQL.lockUser", anybody, CapSQL.lockUser(batch: 1)),
      .init("CapSQL.lockHost", anybody, CapSQL.lockHost(worker: worker)),
      .init("CapSQL.hold", anybody, CapSQL.hold(batch: 1, worker: worker)),
      .init("CapSQL.users", anybody, CapSQL.users), .init("CapSQL.hosts", anybody, CapSQL.hosts),
      .init("ModelSQL.insert", [.admin], try ModelSQL.insert(model)),
      .init("ModelSQL.update", [.admin], try ModelSQL.update(model)),
      .init("ModelSQL.lock", [.admin], ModelSQL.lock("model")),
      .init("ModelSQL.delete", [.admin], ModelSQL.delete(1)),
      .init("ModelSQL.find", anybody, ModelSQL.find("model")),
      .init("ModelSQL.list", anybody, ModelSQL.list),
    ]
  }

  private static func books() throws -> [RoleStatement] {
    [
      .init("EventSQL.append", changing, try EventSQL.append(.info, "kind")),
      .init("EventSQL.finished", changing, try EventSQL.finished(1, .done)),
      .init("IdentitySQL.noteMarker", working, IdentitySQL.noteMarker),
      .init(
        "RetentionSQL.removeEvents", working, RetentionSQL.removeEvents(olderThan: lease, after: 0, before: 1, limit: 1)
      ),
      .init(
        "RetentionSQL.removeAttempts", working, RetentionSQL.removeAttempts(olderThan: lease, fromBatch: 0, limit: 1)),
      .init("RetentionSQL.removeWorkers", working, RetentionSQL.removeWorkers(olderThan: lease, limit: 1)),
      .init("ArtifactSQL.mark", [.admin], ArtifactSQL.mark(digests, bytes: [1])),
      .init("ArtifactSQL.unmark", [.admin], ArtifactSQL.unmark(digests)),
      .init("ArtifactSQL.dropStale", [.admin], ArtifactSQL.dropStale(grace: lease)),
      .init("RepairSQL.takeBack", [.admin], RepairSQL.takeBack(1, [])),
      .init("RejectSQL.byHand", [.admin], RejectSQL.byHand(1, [], [])),
    ]
  }

  private static func reading() throws -> [RoleStatement] {
    let statements: [(String, SQL)] = [
      ("BatchSQL.byKey", BatchSQL.byKey("key")), ("BatchSQL.find", BatchSQL.find(id: 1)),
      ("BatchSQL.origin", BatchSQL.origin(1)), ("BatchSQL.server", BatchSQL.server),
      ("BatchSQL.login", BatchSQL.login(1)), ("BatchSQL.countImages", BatchSQL.countImages(1)),
      ("BatchSQL.status", BatchSQL.status(where: "true", limit: 1)), ("BatchSQL.cells", BatchSQL.cells(1)),
      ("BatchSQL.listed", BatchSQL.status(where: BatchSQL.listed(states: nil, before: 1), limit: 1)),
      ("BatchSQL.recentImagesByBatch", BatchSQL.recentImagesByBatch(window: lease)),
      ("BatchSQL.emotions", BatchSQL.emotions(1)), ("BatchSQL.runningJobs", BatchSQL.runningJobs(1)),
      ("BatchSQL.stoppedJobs", BatchSQL.stoppedJobs(1, limit: 1)),
      ("BatchSQL.span", BatchSQL.span(1)), ("BatchSQL.timeline", BatchSQL.timeline(1, start: 0, width: 1)),
      ("TallySQL.batches", TallySQL.batches(limit: 1)),
      ("BatchSQL.recentImages", BatchSQL.recentImages(1, window: lease)), ("BatchSQL.waits", BatchSQL.waits(1)),
      ("InputSQL.referenced", InputSQL.referenced), ("ModelSQL.batches", ModelSQL.batches(1)),
      ("EventSQL.recent", EventSQL.recent(batch: nil, after: 0, limit: 1)),
      ("EventSQL.problems", EventSQL.problems(scan: 1, limit: 1)),
      ("IdentitySQL.farm", IdentitySQL.farm),
      ("ImageSQL.page", ImageSQL.page(batch: 1, after: 0, limit: 1)),
      ("DuplicateSQL.limit", DuplicateSQL.limit(1)), ("DuplicateSQL.hashes", DuplicateSQL.hashes(1)),
      ("RejectSQL.counts", RejectSQL.counts(1)), ("RejectSQL.withFile", RejectSQL.withFile(digest)),
      ("MeasurementSQL.page", MeasurementSQL.page(batch: 1, in: 0...1, embeddings: true)),
      ("MeasurementSQL.recognised", MeasurementSQL.recognised(1)),
      ("ImageSQL.page", ImageSQL.page(batch: 1, emotion: "awe", after: 0, limit: 1)),
      ("ImageSQL.one", ImageSQL.one(batch: 1, index: 0)),
      ("ImageSQL.some", ImageSQL.some(batch: 1, indices: [0])),
      ("ImageSQL.ofSeed", ImageSQL.ofSeed(0, except: 1, scan: 1, limit: 1)),
      ("ImageSQL.before", ImageSQL.before(batch: 1, index: 0)), ("ImageSQL.last", ImageSQL.last(batch: 1, limit: 1)),
      ("ImageSQL.latest", ImageSQL.latest(batch: 1, end: nil, window: lease, limit: 1)),
      ("ImageSQL.withFile", ImageSQL.withFile(digest)), ("ImageSQL.unreferenced", ImageSQL.unreferenced(digests)),
      ("GallerySQL.byIndex", GallerySQL.byIndex(1, .everything, after: 0, through: 1, limit: 1)),
      ("GallerySQL.byIndexEnd", GallerySQL.byIndexEnd(1, .everything, after: 0, window: 1)),
      ("GallerySQL.byDoubt", GallerySQL.byDoubt(1, .everything, after: (0, 0), through: nil, limit: 1)),
      ("GallerySQL.byDoubtEnd", GallerySQL.byDoubtEnd(1, after: (0, 0), window: 1)),
      ("GallerySQL.rejected", GallerySQL.rejected(1, .everything, after: (0, 0), through: nil, limit: 1)),
      ("GallerySQL.rejectedEnd", GallerySQL.rejectedEnd(1, after: (0, 0), window: 1)),
      ("ArtifactSQL.pastGrace", ArtifactSQL.pastGrace(digests, grace: lease)),
      ("RetentionSQL.countEvents", RetentionSQL.countEvents(olderThan: lease, before: 1)),
      ("RetentionSQL.youngEvents", RetentionSQL.youngEvents(than: lease)),
      ("RetentionSQL.countAttempts", RetentionSQL.countAttempts(olderThan: lease)),
      ("RetentionSQL.countWorkers", RetentionSQL.countWorkers(olderThan: lease)),
      ("RepairSQL.outcomes", RepairSQL.outcomes(nil)), ("RepairSQL.liveEngines", RepairSQL.liveEngines),
      ("MeasureSQL.jobs", MeasureSQL.jobs), ("MeasureSQL.batches", MeasureSQL.batches),
      ("MeasureSQL.images", MeasureSQL.images), ("MeasureSQL.oldestQueued", MeasureSQL.oldestQueued),
      ("MeasureSQL.workers", MeasureSQL.workers), ("MeasureSQL.database", MeasureSQL.database),
      ("MeasureSQL.tables", MeasureSQL.tables),
    ]
    return statements.map { .init($0.0, anybody, $0.1) }
      + Audit.checks().map { .init("Audit \($0.name)", anybody, $0.statement(nil)) }
  }
}
