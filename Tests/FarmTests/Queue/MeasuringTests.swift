import Farm
import Files
import Imaging
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Measurements stand beside the images of a batch that asks for them, in the same transaction.
@Suite struct MeasuringTests {
  @Test func aMeasurementIsStoredAsItWasMade() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, chunk: 4, measures: true)
      let job = try await farm.claimOne()
      #expect(job.classifiers == FarmFixture.classifiers)
      try await farm.finish(job)
      let read = try await farm.database.images.measurements(id, in: 0...3, embeddings: true)
      for index in 0...3 { #expect(read[index] == FarmFixture.measurement(job, index)) }
      let short = try #require(try await farm.database.images.measurements(id, in: 2...2)[2])
      #expect(short.embedding.isEmpty && short.emotions == read[2]?.emotions)
      #expect(try await farm.batches.status(id).classifiers == FarmFixture.classifiers.sha256)
      // The first cell asks for awe, the classifier sees fear.
      var counts = Emotion.allCases.map { _ in 0 }
      counts[Emotion.fear.index] = 4
      #expect(try await farm.batches.recognised(id) == [.awe: counts])
      try await farm.finishAll()
      #expect(try await farm.batches.recognised(id) == [.awe: counts, .fear: counts])
      #expect(try await farm.breaches() == [])
      // The measurement goes with the batch.
      try await farm.batches.delete(id)
      #expect(try await farm.count("measurements") == 0)
    }
  }

  /// The step of the schema that keeps the probability of what was asked fills it in for earlier images.
  @Test func theProbabilityOfWhatWasAskedIsKept() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, measures: true)
      try await farm.finishAll()
      func asked() async throws -> [Double?] {
        try await farm.run("SELECT asked FROM measurements ORDER BY idx").map { try $0.optionalDouble("asked") }
      }
      let kept = try await asked()
      // The first cell asks for awe, the second for fear, which the classifier sees in all.
      #expect(kept.count == 8 && kept.prefix(4).allSatisfy { $0.map { $0 < 0.1 } ?? false })
      #expect(kept.suffix(4).allSatisfy { $0.map { $0 >= 0.5 } ?? false })
      try await farm.database.pool.withConnection { connection in
        let runner = try MigrationRunner(migrations: FarmDatabase.migrations)
        _ = try await runner.down(connection, to: 12)
        _ = try await runner.up(connection, to: 13)
      }
      #expect(try await asked() == kept)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func publishingTwiceMeasuresOnce() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe], measures: true)
      let job = try await farm.claimOne()
      #expect(try await farm.publish(job, [0, 0]) == [.published, .alreadyPublished])
      #expect(try await farm.count("measurements") == 1)
      // A stale worker's measurement does not replace the accepted one's.
      try await farm.expireLeases()
      _ = try await farm.jobs.sweep()
      #expect(try await farm.publish(job, [1]) == [.stale])
      #expect(try await farm.count("measurements") == 1)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aBatchThatDoesNotMeasureAcceptsNoMeasurement() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      #expect(job.classifiers == nil)
      let right = FarmFixture.image(job, 0)
      let measured = NewImage(
        index: 0, seed: right.seed, specSHA256: right.specSHA256, modelDigest: right.modelDigest, sha256: right.sha256,
        rgbSHA256: right.rgbSHA256, bytes: right.bytes, actualSteps: right.actualSteps, engine: right.engine,
        seconds: 1,
        measurement: ImageMeasurement(
          classifiers: String(repeating: "c", count: 64), emotions: Emotion.allCases.map { _ in 0.125 }, content: nil,
          embedding: [1], hash: PerceptualHash(bits: 1)))
      let error = await #expect(throws: FarmError.self) {
        try await farm.jobs.publish(job.handle, measured, lease: FarmFixture.lease)
      }
      #expect(error?.code == .artifactUntrue)
      #expect(try await farm.publish(job, [0]) == [.published])
      #expect(try await farm.count("measurements") == 0)
    }
  }

  /// A collection keeps the classifiers of every batch.
  @Test func theClassifiersOfABatchAreReferredTo() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        for part in ["clip", "emotion_classifier", "unet"] { try Folder.make("\(folder)/own/\(part)") }
        for (path, text) in [("clip/a", "a"), ("emotion_classifier/b", "b"), ("unet/c", "c")] {
          try File.write(Array(text.utf8), to: "\(folder)/own/\(path)")
        }
        let list = try FileList(folder: "\(folder)/own", parts: ["clip", "emotion_classifier", "imagenet"])
        #expect(list.files.map(\.path) == ["clip/a", "emotion_classifier/b"])
        let store = ArtifactStore(home: folder)
        let archive = InputArchive(store)
        _ = try archive.send(list, root: "\(folder)/own", care: .size)
        let spec = BatchSpec(
          name: "test", measure: AddedFile(path: "\(folder)/own", sha256: list.digest),
          cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 1)])
        let id = try await farm.enqueue(spec).id
        #expect(try await farm.batches.spec(id).measure == spec.measure)
        #expect(try await Audit(database: farm.database, store: store).run(deep: true) == [])
        let damaged =
          "\(folder)/\(try #require(Folder.entries(below: folder).files.first { $0.contains("models/files/") }))"
        try File.write([1, 2, 3, 4, 5], to: damaged)
        let findings = try await Audit(database: farm.database, store: store).run(deep: true)
        #expect(findings.map(\.check) == ["input.damaged"])
      }
    }
  }
}
