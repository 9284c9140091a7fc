import Farm
import Files
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// A training in the queue: a batch with one job and no images.
@Suite struct TrainingQueueTests {
  private static func spec(key: String? = nil, steps: Int = 60, attempts: Int = 3) -> BatchSpec {
    var settings = EncoderPlan.settings
    settings.steps = steps
    return BatchSpec(
      name: "training", key: key, seed: 7, maxAttempts: attempts,
      training: TrainingPlan(stage: .encoder(EncoderPlan()), settings: settings, out: "out/encoder"))
  }

  private static func claim(_ farm: FarmFixture) async throws -> ClaimedTraining {
    let work = try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease).first
    guard let job = work?.training else { throw FarmError(.notFound, "no training to claim") }
    return job
  }

  private static func beat(_ farm: FarmFixture, _ handle: JobHandle, step: Int) async throws -> HeartbeatAnswer {
    try await farm.jobs.heartbeat(
      training: handle, lease: FarmFixture.lease,
      progress: TrainingStep(step: step, loss: 1.5, stepsPerSecond: 4))
  }

  @Test func aTrainingIsClaimedAsRequestedAndReportsItsProgress() async throws {
    try await FarmFixture.with { farm in
      let enqueued = try await farm.batches.enqueueTraining(Self.spec())
      #expect((enqueued.images, enqueued.jobs) == (0, 1))
      let job = try await Self.claim(farm)
      #expect(job.handle.batch == enqueued.id && job.attempt == 1)
      let plan = try job.plan(home: "/data")
      #expect(plan.out == "/data/out/encoder")
      #expect(plan.settings.seed == 7 && plan.settings.steps == 60)

      #expect(try await Self.beat(farm, job.handle, step: 20) == .proceed)
      let status = try await farm.batches.status(enqueued.id)
      #expect((status.state, status.model, status.images) == (.running, nil, 0))
      let training = try #require(status.training)
      #expect((training.stage, training.out) == ("encoder", "out/encoder"))
      #expect((training.step, training.steps, training.loss, training.secondsLeft) == (20, 60, 1.5, 10))
      #expect(try await farm.batches.running(enqueued.id).map(\.job) == [job.handle.job])
      #expect(try await farm.breaches() == [])

      #expect(try await farm.jobs.complete(job.handle) == .settled(job: .done, batch: .done))
      let done = try #require(try await farm.batches.status(enqueued.id).training)
      #expect((done.step, done.stepsPerSecond) == (60, nil))
      #expect(try await farm.breaches() == [])
      #expect(try await farm.batches.delete(enqueued.id) == 0)
      #expect(try await farm.count("trainings") == 0)
    }
  }

  @Test func anOldTokenChangesNothing() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.batches.enqueueTraining(Self.spec()).id
      let stale = try await Self.claim(farm)
      _ = try await Self.beat(farm, stale.handle, step: 10)
      try await farm.expireLeases()
      _ = try await farm.jobs.sweep()
      try await farm.endRests()
      let heir = try await Self.claim(farm)
      #expect(heir.attempt == 2)
      #expect(try await Self.beat(farm, stale.handle, step: 50) == .stale)
      #expect(try await farm.jobs.complete(stale.handle) == .stale)
      #expect(try await farm.batches.status(batch).training?.step == 10)
      // A training may resume from a step before the last reported one.
      #expect(try await Self.beat(farm, heir.handle, step: 5) == .proceed)
      #expect(try await farm.batches.status(batch).training?.step == 5)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aReleasedTrainingIsNotDone() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.batches.enqueueTraining(Self.spec()).id
      let job = try await Self.claim(farm)
      _ = try await Self.beat(farm, job.handle, step: 60)
      #expect(try await farm.jobs.release(job.handle, .drained) == .settled(job: .ready, batch: .running))
      let again = try await Self.claim(farm)
      #expect(again.attempt == 1)

      try await farm.batches.pause(batch)
      #expect(try await Self.beat(farm, again.handle, step: 60) == .pause)
      _ = try await farm.jobs.release(again.handle, .paused)
      try await farm.batches.resume(batch)
      let third = try await Self.claim(farm)
      try await farm.batches.cancel(batch)
      #expect(try await Self.beat(farm, third.handle, step: 60) == .cancel)
      #expect(
        try await farm.jobs.release(third.handle, .cancelled) == .settled(job: .cancelled, batch: .cancelled))
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aTrainingThatFailsIsQuarantinedWithItsErrorAndMayBeRetried() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.batches.enqueueTraining(Self.spec()).id
      let job = try await Self.claim(farm)
      let settled = try await farm.jobs.fail(job.handle, error: "step 3: loss is nan", permanent: true)
      #expect(settled == .settled(job: .failed, batch: .failed))
      #expect(
        try await farm.batches.stopped(batch).first?.errors
          == ["attempt 1 on worker \(farm.worker): step 3: loss is nan"])
      #expect(try await farm.breaches() == [])
      #expect(try await farm.batches.retry(batch) == 1)
      #expect(try await Self.claim(farm).attempt == 1)
    }
  }

  @Test func aKeyMakesEnqueueingIdempotent() async throws {
    try await FarmFixture.with { farm in
      let first = try await farm.batches.enqueueTraining(Self.spec(key: "k"))
      let again = try await farm.batches.enqueueTraining(Self.spec(key: "k"))
      #expect(again.id == first.id && !again.created)
      let error = await #expect(throws: FarmError.self) {
        try await farm.batches.enqueueTraining(Self.spec(key: "k", steps: 61))
      }
      #expect(error?.message.contains("differs in: training") == true)
      #expect(try await farm.batches.spec(first.id) == Self.spec(key: "k"))
    }
  }

  @Test func imagesAndTrainingsShareTheWorkersByPriority() async throws {
    try await FarmFixture.with { farm in
      let images = try await farm.enqueue(count: 4)
      var urgent = Self.spec()
      urgent.priority = 5
      let training = try await farm.batches.enqueueTraining(urgent).id
      let claimed = try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease, limit: 3)
      #expect(claimed.map(\.handle.batch) == [images, images, training].sorted() || claimed.count == 3)
      #expect(claimed.compactMap(\.training).count == 1)
      #expect(claimed.compactMap(\.images).count == 2)
      // A worker that serves only certain models runs no trainings.
      let other = try await farm.batches.enqueueTraining(Self.spec()).id
      #expect(try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease, models: ["tiny"]).isEmpty)
      #expect(try await farm.batches.list().map(\.id) == [other, training, images])
    }
  }

  @Test func theAuditFindsATrainingWithoutItsJob() async throws {
    try await FarmFixture.with { farm in
      _ = try await farm.batches.enqueueTraining(Self.spec())
      _ = try await farm.jobs.complete(try await Self.claim(farm).handle)
      try await farm.run("UPDATE trainings SET step = 59")
      #expect(try await farm.breaches() == ["7 training.unfinished"])
      try await farm.run("DELETE FROM trainings")
      #expect(try await farm.breaches() == ["7 training.job"])
    }
  }
}
