import Engine
import Farm
import Files
import Foundation
import Imaging
import Scoring
import TestSupport
import Testing
import Vocabulary
import Worker

/// Real daemons that measure images where they make them.
extension DaemonTests {
  @Suite struct Measuring {
    private static func digest(_ folder: String) throws -> String {
      try FileList(folder: folder, parts: ImageClassifiers.parts).digest
    }

    /// Expects of each image the measurement that its file gives in this process.
    private static func isMeasured(_ batch: Int64, _ farm: TestFarm, images: Int) async throws {
      let compute = try Compute(threads: 2)
      let classifiers = try ImageClassifiers(folder: SourceTree.tinyModel)
      let digest = try digest(SourceTree.tinyModel)
      let rows = try await farm.database.images.page(batch)
      let measured = try await farm.database.images.measurements(batch, in: 0...images, embeddings: true)
      #expect(rows.count == images && measured.count == images)
      for row in rows {
        let image = try StoredImage.decode(row, in: farm.store).image
        let expected = try ImageMeasurement(image, by: classifiers, digest: digest, on: compute)
        #expect(measured[row.index] == expected, "image \(row.index)")
        #expect(abs(expected.emotions.reduce(0, +) - 1) < 1e-5 && expected.content != nil && expected.attribute != nil)
      }
    }

    @Test(.timeLimit(.minutes(10))) func afterASIGKILLMeasurementsAreThoseOfAnUndisturbedRun() async throws {
      try await TestFarm.with { farm in
        let folder = AddedFile(path: SourceTree.tinyModel, sha256: try Self.digest(SourceTree.tinyModel))
        let batch = try await farm.enqueue(20, chunk: 20, measure: folder)
        let gate = try farm.gate(.storing(image: 9))
        let victim = try farm.daemon("victim", lease: 5)
        try await victim.comes(to: gate)
        try await farm.publishes(9, of: batch, victim)
        victim.send(SIGKILL)
        #expect(try await victim.end() == .killed(SIGKILL))
        let heir = try farm.daemon("heir", lease: 8)
        #expect(try await farm.finishes(batch, victim, heir).state == .done)
        // The bytes are those of a batch that does not measure.
        try await farm.isSound(batch, images: 20)
        try await Self.isMeasured(batch, farm, images: 20)
        heir.send(SIGTERM)
        #expect(try await heir.end() == .exited(0))

        // What a repair renders again is measured again.
        let rows = try await farm.database.images.page(batch)
        try FileManager.default.removeItem(atPath: farm.store.path(rows[3].sha256))
        let store = try await farm.database.openStore(.home(farm.home), for: .writing)
        #expect(try await FarmRepair(database: farm.database, store: store).run(batch: batch).taken.images == 1)
        let repairer = try farm.daemon("repairer", ["--once"])
        #expect(try await repairer.end() == .exited(0))
        try await farm.isSound(batch, images: 20)
        try await Self.isMeasured(batch, farm, images: 20)
      }
    }

    @Test(.timeLimit(.minutes(10))) func classifiersThatAreNotAtTheirPathComeFromTheStore() async throws {
      try await TestFarm.with { farm in
        let list = try FileList(folder: SourceTree.tinyModel, parts: ImageClassifiers.parts)
        let folder = AddedFile(path: "\(farm.home)/classifiers", sha256: list.digest)
        let batch = try await farm.enqueue(2, chunk: 2, measure: folder)
        // Neither the path nor the store has them.
        let daemon = try farm.daemon("forge")
        let shown = try await farm.suspends(daemon)
        #expect(shown.note?.contains("\(folder.path): these classifiers are missing") == true, "\(shown.note ?? "")")
        #expect(try await farm.database.batches.status(batch).jobs.ready == 1)
        let store = try await farm.database.openStore(.home(farm.home), for: .writing)
        _ = try InputArchive(store).send(list, root: SourceTree.tinyModel, care: .size)
        _ = try? await farm.database.workers.direct(.resume, .workers([shown.id]))
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 2)
        try await Self.isMeasured(batch, farm, images: 2)
        // The suspension cost no attempt.
        #expect(try await farm.database.images.page(batch).allSatisfy { $0.token == 2 })
        #expect(!daemon.text.contains("attempt=2"))

        // Other classifiers at the path are not used.
        try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder.path)
        try FileManager.default.removeItem(atPath: "\(folder.path)/attribute_classifier")
        let next = try await farm.enqueue(2, chunk: 2, measure: folder)
        #expect(try await farm.finishes(next, daemon).state == .done)
        try await Self.isMeasured(next, farm, images: 2)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    private struct Candidate: Sendable {
      let sha256: String
      let probability: Double
      let hash: PerceptualHash
    }

    /// The tries that count, by index: the first that are likely enough and resemble none that counts before.
    private static func accepted(_ candidates: [[Candidate]], least: Double, likeness: Double) -> [Int?] {
      func next(_ index: Int, after trial: Int) -> Int? {
        candidates.indices.first { $0 > trial && candidates[$0][index].probability >= least }
      }
      var tries = candidates[0].indices.map { next($0, after: -1) }
      while true {
        var (kept, duplicates): ([PerceptualHash], [Int]) = ([], [])
        for (index, trial) in tries.enumerated() {
          guard let hash = trial.map({ candidates[$0][index].hash }) else { continue }
          if kept.contains(where: { Double(64 - $0.distance(to: hash)) / 64 >= likeness - 1e-9 }) {
            duplicates.append(index)
          } else {
            kept.append(hash)
          }
        }
        if duplicates.isEmpty { return tries }
        for index in duplicates { tries[index] = tries[index].flatMap { next(index, after: $0) } }
      }
    }

    /// The images that count are the same whatever the number of workers, and however often they are killed.
    @Test(.timeLimit(.minutes(10))) func theAcceptedImagesDependOnNoWorker() async throws {
      let (count, chunk, tries) = (20, 4, 3)
      let compute = try Compute(threads: 2)
      let classifiers = try ImageClassifiers(folder: SourceTree.tinyModel)
      let digest = try Self.digest(SourceTree.tinyModel)
      // Every try of every slot, rendered and judged here.
      let candidates = try (0..<tries).map { trial in
        try Undisturbed.render(count: count, from: trial * count, threads: 2).map { file in
          let image = try PNG.decode(file.bytes, named: "image").image
          let measured = try ImageMeasurement(image, by: classifiers, digest: digest, on: compute)
          return Candidate(
            sha256: file.sha256, probability: Double(measured.emotions[Emotion.awe.index]),
            hash: measured.hash)
        }
      }
      let least = candidates[0].map(\.probability).sorted()[count * 2 / 3]
      // Alike enough that some of these images are duplicates.
      let pairs = (0..<count).flatMap { first in
        (first + 1..<count).map { candidates[0][first].hash.distance(to: candidates[0][$0].hash) }
      }
      let likeness = max(Acceptance.duplicateBounds.lowerBound, 1 - Double(pairs.min() ?? 0) / 64)
      let expected = Self.accepted(candidates, least: least, likeness: likeness)
      #expect(expected.contains(0) && expected.contains { $0 ?? 0 > 0 }, "\(expected)")
      let acceptance = Acceptance(
        decodes: true, notBlank: true, emotionProbability: least, noDuplicate: likeness, tries: tries,
        onShortage: .partial)
      for workers in [1, 3] {
        try await TestFarm.with { farm in
          let folder = AddedFile(path: SourceTree.tinyModel, sha256: digest)
          let batch = try await farm.enqueue(count, chunk: chunk, attempts: 6, measure: folder, acceptance: acceptance)
          var daemons: [Daemon] = []
          if workers > 1 {
            // Each of five victims takes the next job, because the jobs before it wait for the ends of their leases.
            for (number, point) in [
              WorkPoint.storing(image: 1), .rendered(image: 6), .storing(image: 8), .rendered(image: 15),
              .storing(image: 18),
            ].enumerated() {
              let gate = try farm.gate(point)
              let victim = try farm.daemon("victim-\(number)", lease: 5)
              try await victim.comes(to: gate)
              victim.send(SIGKILL)
              #expect(try await victim.end() == .killed(SIGKILL))
            }
          }
          for number in 0..<workers { daemons.append(try farm.daemon("worker-\(number)", lease: 8)) }
          let status = try await farm.finishes(batch, daemons[0])
          #expect(status.state == .done && status.imagesDone == expected.count { $0 != nil })
          let rows = try await farm.database.images.page(batch)
          #expect(rows.map(\.index) == (0..<count).filter { expected[$0] != nil })
          for row in rows {
            #expect(row.trial == expected[row.index] && row.sha256 == candidates[row.trial][row.index].sha256)
          }
          let rejects = try await farm.database.batches.rejects(batch)
          #expect(rejects.images == expected.reduce(0) { $0 + ($1 ?? tries) })
          #expect(rejects.exhausted == expected.count { $0 == nil })
          #expect(try await Audit(database: farm.database, store: farm.store).run(deep: true) == [])
          for daemon in daemons {
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exited(0))
          }
        }
      }
    }
  }
}
