import Farm
import Files
import Imaging
import Postgres
import Specifications
import TestSupport
import Vocabulary

/// A farm with its own database, a model, a worker and shorthand for common test operations.
struct FarmFixture: Sendable {
  let database: FarmDatabase
  let model: RegisteredModel
  let worker: WorkerKey

  static let lease: Duration = .seconds(60)
  static let engine = "test-engine/fp32"

  static func with<T: Sendable>(_ body: @Sendable (FarmFixture) async throws -> T) async throws -> T {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let database = FarmDatabase(pool: PostgresPool(configuration, size: 12))
      let model = try await database.models.register(.example())
      let worker = try await register(in: database)
      let result = try await body(FarmFixture(database: database, model: model, worker: worker))
      await database.close()
      return result
    }
  }

  /// Registers another worker.
  func register() async throws -> WorkerKey { try await Self.register(in: database) }

  private static func register(in database: FarmDatabase) async throws -> WorkerKey {
    try await database.workers.register(host: "test", pid: 1, engine: engine, version: "0", threads: 1)
  }

  var jobs: JobQueue { database.jobs }
  var batches: BatchStore { database.batches }

  static let classifiers = AddedFile(path: "/classifiers", sha256: String(repeating: "c", count: 64))

  /// What the classifiers of a job would see in an image: fear, a little more with each index.
  static func measurement(_ job: ClaimedJob, _ index: Int) -> ImageMeasurement? {
    job.classifiers?.sha256.map { digest in
      let fear = 0.5 + Float(index) / 256
      return ImageMeasurement(
        classifiers: digest, emotions: Emotion.allCases.map { $0 == .fear ? fear : (1 - fear) / 7 },
        content: index % 2 == 0 ? 0.75 : nil, attribute: index % 2 == 0 ? "beach" : nil,
        embedding: [1, -2.5, Float16(index), 65504],
        hash: PerceptualHash(bits: UInt64.max - UInt64(index)))
    }
  }

  /// Enqueues a specification; the default is 2 emotions × `count` images in chunks of 4.
  @discardableResult
  func enqueue(
    count: Int = 6, chunk: Int = 4, key: String? = nil, priority: Int = 0, seed: UInt64 = 100, attempts: Int = 3,
    emotions: [Emotion] = [.awe, .fear], measures: Bool = false
  ) async throws -> Int64 {
    let spec = BatchSpec(
      name: "test", key: key, seed: seed, priority: priority, chunk: chunk, maxAttempts: attempts,
      measure: measures ? Self.classifiers : nil,
      cells: [CellSpec(emotions: emotions.map { EmotionSpec($0) }, count: count)])
    return try await enqueue(spec).id
  }

  func enqueue(_ spec: BatchSpec) async throws -> Enqueued {
    try await batches.enqueue(spec.plan(defaults: model.defaults, multiple: model.multiple), model: model)
  }

  func claim(_ worker: WorkerKey? = nil, limit: Int = 1) async throws -> [ClaimedJob] {
    try await jobs.claim(worker: worker ?? self.worker, lease: Self.lease, limit: limit, isThorough: true)
      .compactMap(\.images)
  }

  /// Claims the next job; throws if there is none.
  func claimOne(_ worker: WorkerKey? = nil) async throws -> ClaimedJob {
    guard let job = try await claim(worker).first else { throw FarmError(.notFound, "no job to claim") }
    return job
  }

  /// An image as a worker would report it. Its digest is derived from the batch's seed and the index.
  static func image(_ job: ClaimedJob, _ index: Int, file: String? = nil, bytes: Int = 10) -> NewImage {
    let seed = job.seed(of: index)
    let digest = file ?? String(repeating: "0", count: 48) + String(seed, radix: 16).leftPadded(to: 16)
    return NewImage(
      index: index, seed: seed, specSHA256: job.specSHA256, modelDigest: job.model.digest, sha256: digest,
      rgbSHA256: digest, bytes: bytes, actualSteps: job.settings.steps,
      engine: engine, seconds: 0.5, measurement: measurement(job, index), trial: job.trial(of: index))
  }

  @discardableResult
  func publish(_ job: ClaimedJob, _ indices: [Int]? = nil) async throws -> [PublishAnswer] {
    var answers: [PublishAnswer] = []
    for index in indices ?? job.missing {
      answers.append(try await jobs.publish(job.handle, Self.image(job, index), lease: Self.lease))
    }
    return answers
  }

  /// Publishes the missing images of a job and completes it.
  @discardableResult
  func finish(_ job: ClaimedJob) async throws -> Settlement {
    try await publish(job)
    return try await jobs.complete(job.handle)
  }

  /// Claims and finishes jobs until none is due.
  func finishAll() async throws {
    while let job = try await claim().first { try await finish(job) }
  }

  /// Makes every lease expire by the database's clock.
  func expireLeases() async throws {
    try await run("UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE state = 'running'")
  }

  /// Ends every delay between attempts.
  func endRests() async throws {
    try await run("UPDATE jobs SET run_at = now() WHERE state = 'ready' AND run_at > now()")
  }

  @discardableResult
  func run(_ sql: SQL) async throws -> QueryResult {
    try await database.pool.withConnection { try await $0.query(sql) }
  }

  func count(_ sql: SQL) async throws -> Int {
    try await run("SELECT count(*) AS n FROM \(sql)").only().int("n")
  }

  /// The audit's findings on the tables, in the form `promise check`.
  func breaches() async throws -> [String] {
    try await TestFolder.with { folder in
      try await Audit(database: database, store: ArtifactStore(home: folder)).run()
        .filter { $0.check != "file.missing" }.map { "\($0.promise) \($0.check)" }
    }
  }
}

extension ClaimedWork {
  var images: ClaimedJob? {
    if case .images(let job) = self { job } else { nil }
  }

  var training: ClaimedTraining? {
    if case .training(let job) = self { job } else { nil }
  }
}

extension ModelDescription {
  static func example(name: String = "tiny", digest: Character = "a") -> ModelDescription {
    ModelDescription(
      name: name, folder: "/models/\(name)", digest: String(repeating: digest, count: 64), multiple: 8,
      files: [ModelFile(path: "unet/model.safetensors", bytes: 5, sha256: String(repeating: digest, count: 64))],
      defaults: RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4))
  }
}

extension String {
  func leftPadded(to width: Int) -> String {
    String(repeating: "0", count: max(0, width - count)) + self
  }
}
