import Checkpoints
import Engine
import Farm
import Files
import Foundation
import Postgres
import Specifications
import TestSupport
import Testing
import Training
import Vocabulary
import Worker

/// Trainings as jobs of real daemons that are disturbed.
extension DaemonTests {
  @Suite struct Trainings {
    /// A small training, which gates hold where it is to be disturbed.
    private static func plan(out: String, data: String? = nil) -> TrainingPlan {
      var encoder = EncoderPlan()
      encoder.width = 4
      encoder.layers = [1, 1]
      encoder.embedding = 16
      encoder.imageSize = 32
      var settings = EncoderPlan.settings
      settings.steps = 60
      settings.batch = 8
      settings.warmUp = 5
      settings.checkpointEvery = 5
      return TrainingPlan(
        stage: .encoder(encoder), data: TrainingPictures(folder: data, perAttribute: 2, size: 32), settings: settings,
        out: out)
    }

    private static func enqueue(
      _ farm: TestFarm, _ plan: TrainingPlan = plan(out: "trained"), attempts: Int = 3
    ) async throws -> Int64 {
      let spec = BatchSpec(name: "training", seed: 11, maxAttempts: attempts, training: plan)
      return try await farm.database.batches.enqueueTraining(spec).id
    }

    /// The result of an undisturbed training, in this process and with another thread count.
    private static let undisturbed = Task.detached {
      try await TestFolder.with { folder in
        var plan = plan(out: folder)
        plan.settings.seed = 11
        let prepared = try plan.prepare(on: Compute(threads: 2))
        #expect(try prepared.run.run(exportTo: prepared.out) == .finished)
        return try Data(contentsOf: URL(filePath: "\(folder)/model.safetensors"))
      }
    }

    /// Expects that the training is done, the promises hold, and its weights are those of an undisturbed run.
    private static func isSound(_ farm: TestFarm, _ batch: Int64) async throws {
      let status = try await farm.database.batches.status(batch)
      #expect(status.state == .done)
      #expect(status.training?.step == 60)
      #expect(try await Audit(database: farm.database, store: farm.store).run(deep: true).isEmpty)
      let weights = try Data(contentsOf: URL(filePath: "\(farm.home)/trained/model.safetensors"))
      let expected = try await undisturbed.value
      #expect(weights == expected, "other weights than without disturbance")
      for file in ["config.json", "held-out.json", "run/index.html", "run/metrics.jsonl"] {
        #expect(FileManager.default.fileExists(atPath: "\(farm.home)/trained/\(file)"))
      }
    }

    @Test(.timeLimit(.minutes(10))) func killedTwiceItEndsWithTheWeightsOfOneLeftAlone() async throws {
      try await TestFarm.with { farm in
        let batch = try await Self.enqueue(farm)
        let atEight = try farm.gate(.trained(step: 8))
        let first = try farm.daemon("first", lease: 5)
        try await first.comes(to: atEight)
        first.send(SIGKILL)
        #expect(try await first.end() == .killed(SIGKILL))

        let atTwenty = try farm.gate(.trained(step: 20))
        let second = try farm.daemon("second", lease: 5)
        try await second.comes(to: atTwenty)
        second.send(SIGKILL)
        #expect(try await second.end() == .killed(SIGKILL))
        let halfway = try await farm.database.batches.status(batch)
        #expect(halfway.state == .running)
        #expect((halfway.training?.step ?? 60) < 60)

        let third = try farm.daemon("third", lease: 8)
        #expect(try await farm.finishes(batch, first, second, third).state == .done)
        try await Self.isSound(farm, batch)
        // Both continued from a checkpoint instead of starting over.
        for daemon in [second, third] {
          let start = try #require(daemon.text.firstMatch(of: /from_step=(\d+)/)?.1)
          #expect((Int(start) ?? 0) > 0 && (Int(start) ?? 1) % 5 == 0, "\(daemon.text)")
        }
        #expect(third.text.contains("training claimed attempt=3"))
        third.send(SIGTERM)
        #expect(try await third.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aDrainSavesAndCostsNoAttempt() async throws {
      try await TestFarm.with { farm in
        let batch = try await Self.enqueue(farm)
        let gate = try farm.gate(.trained(step: 7))
        let worker = try farm.daemon("worker")
        try await worker.comes(to: gate)
        worker.send(SIGTERM)
        try await worker.logs("draining: saving the training")
        gate.open()
        #expect(try await worker.end() == .exited(0))
        let status = try await farm.database.batches.status(batch)
        #expect(status.jobs.ready == 1)
        let saved = try #require(status.training?.step)
        #expect(saved == 7)

        let next = try farm.daemon("next", ["--once"])
        #expect(try await next.end() == .exited(0))
        #expect(next.text.contains("training claimed attempt=1"))
        #expect(next.text.contains("from_step=\(saved) "), "\(next.text)")
        try await Self.isSound(farm, batch)
      }
    }

    @Test(.timeLimit(.minutes(10))) func aWorkerThatWasStoppedPastItsLeaseKeepsOthersOutAndThenLetsGo() async throws {
      try await TestFarm.with { farm in
        let batch = try await Self.enqueue(farm)
        let gate = try farm.gate(.trained(step: 7))
        let sleeper = try farm.daemon("sleeper", lease: 5)
        try await sleeper.comes(to: gate)
        sleeper.send(SIGSTOP)
        let heir = try farm.daemon("heir", lease: 8)
        // Two workers never train in one folder: the heir waits until the sleeper has released it.
        try await heir.logs("another process trains in")
        sleeper.send(SIGCONT)
        gate.open()
        try await sleeper.logs("dropping the work")
        #expect(try await farm.finishes(batch, sleeper, heir).state == .done)
        try await Self.isSound(farm, batch)
        for daemon in [sleeper, heir] {
          daemon.send(SIGTERM)
          #expect(try await daemon.end() == .exited(0))
        }
      }
    }

    @Test(.timeLimit(.minutes(10))) func aPauseAndACancelSaveAndTheTrainingGoesOnLater() async throws {
      try await TestFarm.with { farm in
        let batch = try await Self.enqueue(farm)
        let toPause = try [5, 6].map { try farm.gate(.trained(step: $0)) }
        let worker = try farm.daemon("worker")
        try await worker.comes(to: toPause[0])
        try await farm.database.batches.pause(batch)
        try await farm.heartbeatIsDue(batch)
        toPause[0].open()
        try await worker.comes(to: toPause[1])
        try await worker.logs("the batch is paused: saving the training")
        toPause[1].open()
        try await eventually("the job is given back") {
          try await farm.database.batches.status(batch).jobs.running == 0
        }
        let paused = try #require(try await farm.database.batches.status(batch).training)
        #expect(paused.step == 6 && paused.stepsPerSecond == nil)
        let toCancel = try [8, 9].map { try farm.gate(.trained(step: $0)) }
        try await farm.database.batches.resume(batch)
        try await worker.comes(to: toCancel[0])
        try await farm.database.batches.cancel(batch)
        try await farm.heartbeatIsDue(batch)
        toCancel[0].open()
        try await worker.comes(to: toCancel[1])
        try await worker.logs("the batch is cancelled: saving the training")
        toCancel[1].open()
        #expect(try await farm.finishes(batch, worker).state == .cancelled)
        _ = try await farm.database.batches.retry(batch)
        #expect(try await farm.finishes(batch, worker).state == .done)
        try await Self.isSound(farm, batch)
        #expect(!worker.text.contains("attempt=2"))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aMapperThatWasKilledEndsWithTheSameWeights() async throws {
      try await TestFarm.with { farm in
        var settings = MapperPlan.settings
        settings.steps = 24
        settings.batch = 8
        settings.checkpointEvery = 2
        var mapper = MapperPlan(model: SourceTree.tinyModel)
        let lora = AddedFile(path: SourceTree.fixture("additions/kohya.safetensors"))
        mapper.additions.loras = [LoRAUse(file: try lora.identified(), weight: 0.7)]
        let plan = TrainingPlan(
          stage: .mapper(mapper), data: TrainingPictures(perAttribute: 1), settings: settings, out: "mapper")
        let batch = try await farm.database.batches.enqueueTraining(BatchSpec(name: "stage 2", training: plan)).id
        let gate = try farm.gate(.trained(step: 4))
        let victim = try farm.daemon("victim", lease: 5)
        try await victim.comes(to: gate)
        victim.send(SIGKILL)
        let heir = try farm.daemon("heir", lease: 8)
        let state = try await farm.finishes(batch, victim, heir).state
        #expect(state == .done, "\(victim.text)\n\(heir.text)")
        #expect(heir.text.contains("training claimed attempt=2"))
        #expect(!heir.text.contains("from_step=0 "), "\(heir.text)")
        for daemon in [victim, heir] { #expect(daemon.text.contains("kohya.safetensors:0.7"), "\(daemon.text)") }

        let prepared = try plan.relative(to: "\(farm.home)/alone").prepare(on: Compute(threads: 2))
        #expect(try prepared.run.run(exportTo: prepared.out) == .finished)
        let expected = try Data(contentsOf: URL(filePath: "\(farm.home)/alone/mapper/model.safetensors"))
        let found = try Data(contentsOf: URL(filePath: "\(farm.home)/mapper/model.safetensors"))
        #expect(found == expected)
        heir.send(SIGTERM)
        #expect(try await heir.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aMapperWhoseLoRAWasChangedFailsAtOnce() async throws {
      try await TestFarm.with { farm in
        let path = "\(farm.home)/style.safetensors"
        try FileManager.default.copyItem(atPath: SourceTree.fixture("additions/kohya.safetensors"), toPath: path)
        var mapper = MapperPlan(model: SourceTree.tinyModel)
        mapper.additions.loras = [LoRAUse(file: try AddedFile(path: path).identified())]
        let plan = TrainingPlan(
          stage: .mapper(mapper), data: TrainingPictures(perAttribute: 1), settings: MapperPlan.settings, out: "mapper")
        let batch = try await farm.database.batches.enqueueTraining(BatchSpec(name: "stage 2", training: plan)).id
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: SourceTree.fixture("additions/peft.safetensors"), toPath: path)
        let worker = try farm.daemon("worker", ["--once"])
        #expect(try await worker.end() == .exited(0))
        let stopped = try #require(try await farm.database.batches.stopped(batch).first)
        #expect(stopped.attempt == 1)
        #expect(stopped.errors.first?.contains("style.safetensors: the file has changed") == true, "\(stopped.errors)")
      }
    }

    @Test(.timeLimit(.minutes(10))) func itGoesOnWhileTheServerIsAway() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await Self.enqueue(farm)
        let gate = try farm.gate(.trained(step: 4))
        let worker = try farm.daemon("worker", lease: 120)
        try await worker.comes(to: gate)
        try await cluster.stop(.immediate)
        // The next step's heartbeat cannot be delivered.
        gate.open()
        try await worker.logs("PostgreSQL is unreachable")
        try await eventually("the training ends without a server") {
          FileManager.default.fileExists(atPath: "\(farm.home)/trained/held-out.json")
        }
        try await cluster.start()
        #expect(try await farm.finishes(batch, worker).state == .done)
        try await Self.isSound(farm, batch)
        #expect(worker.text.contains("PostgreSQL is back"))
        worker.send(SIGTERM)
        #expect(try await worker.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aDrainWithoutAServerSavesAndTheNextWorkerGoesOn() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await Self.enqueue(farm)
        let gate = try farm.gate(.trained(step: 7))
        let worker = try farm.daemon("worker", lease: 5)
        try await worker.comes(to: gate)
        try await cluster.stop(.immediate)
        worker.send(SIGTERM)
        try await worker.logs("draining: saving the training")
        gate.open()
        #expect(try await worker.end() == .exited(1))
        #expect(worker.text.contains("PostgreSQL stayed away"))
        try await cluster.start()
        let next = try farm.daemon("next", lease: 8)
        #expect(try await farm.finishes(batch, worker, next).state == .done)
        try await Self.isSound(farm, batch)
        #expect(!next.text.contains("from_step=0 "), "\(next.text)")
        next.send(SIGTERM)
        #expect(try await next.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aTrainingThatCannotSucceedFailsAtOnceWithItsReason() async throws {
      try await TestFarm.with { farm in
        let batch = try await Self.enqueue(farm, Self.plan(out: "trained", data: "no-such-dataset"))
        let worker = try farm.daemon("worker", ["--once"])
        #expect(try await worker.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .failed)
        let stopped = try #require(try await farm.database.batches.stopped(batch).first)
        #expect(stopped.attempt == 1)
        #expect(stopped.errors.first?.contains("no-such-dataset") == true, "\(stopped.errors)")
        #expect(try await Audit(database: farm.database, store: farm.store).run().isEmpty)
      }
    }
  }
}
