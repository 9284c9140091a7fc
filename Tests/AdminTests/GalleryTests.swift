import Admin
import Farm
import Files
import Imaging
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// The pages of a gallery, against the same conditions over the rows themselves.
@Suite struct GalleryTests {
  private static let classifiers = AddedFile(path: "/classifiers", sha256: String(repeating: "c", count: 64))
  private static let engine = "test/fp32"

  /// A farm with a batch of six cells of eight images, two of them plain text, which is not measured by an emotion.
  private static func with(
    acceptance: Acceptance? = nil, _ body: @Sendable (FarmDatabase, Int64) async throws -> Void
  ) async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let database = FarmDatabase(pool: PostgresPool(configuration))
      let digest = String(repeating: "a", count: 64)
      let model = try await database.models.register(
        ModelDescription(
          name: "tiny", folder: "/tiny", digest: digest, multiple: 8,
          files: [ModelFile(path: "unet/model.safetensors", bytes: 5, sha256: digest)],
          defaults: RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4)))
      let text =
        acceptance == nil
        ? """
        name: gallery
        seed: 100
        chunk: 5
        cells:
          - {emotions: [awe, fear], prompts: ["a Bag's \\"end\\"", "50 % of <b>"], count: 8}
          - {text: "a bag of words", count: 8, negative: "blur"}
          - {text: "", count: 8, size: 128x64}
        """
        : """
        name: gallery
        seed: 100
        chunk: 5
        cells:
          - {emotions: [awe], count: 8}
        """
      var spec = try BatchSpec(parsing: text, named: "test")
      spec.measure = classifiers
      spec.acceptance = acceptance
      let id = try await database.batches.enqueue(
        spec.plan(defaults: model.defaults, multiple: model.multiple), model: model
      ).id
      try await render(database)
      try await body(database, id)
      await database.close()
    }
  }

  /// Publishes every image, by two workers in turn; rejects each first try of an odd index where the batch rejects.
  private static func render(_ database: FarmDatabase) async throws {
    var workers: [WorkerKey] = []
    for pid in [1, 2] {
      workers.append(
        try await database.workers.register(host: "test", pid: pid, engine: engine, version: "0", threads: 1))
    }
    var turn = 0
    while case .images(let job)? = try await database.jobs.claim(
      worker: workers[turn % 2], lease: .seconds(60), limit: 1, isThorough: true
    ).first {
      turn += 1
      var isShort = false
      for index in job.missing {
        let seed = job.seed(of: index)
        let digest = String(repeating: "0", count: 61) + String(seed + 100)
        let probability = Float((index * 7) % 10) / 10 + 0.05
        let image = NewImage(
          index: index, seed: seed, specSHA256: job.specSHA256, modelDigest: job.model.digest, sha256: digest,
          rgbSHA256: digest, bytes: 10 + index, actualSteps: job.settings.steps, engine: engine,
          seconds: 0.1 * Double(index + 1),
          measurement: ImageMeasurement(
            classifiers: Self.classifiers.sha256 ?? "",
            emotions: Emotion.allCases.map { $0 == .fear ? probability : (1 - probability) / 7 },
            content: index % 3 == 0 ? nil : Float(index) / 100, attribute: index % 4 == 0 ? nil : "lake \(index % 3)",
            embedding: [1],
            hash: PerceptualHash(bits: UInt64(index))), trial: job.trial(of: index))
        if job.acceptance != nil, index % 2 == 1, image.trial == 0 {
          isShort = true
          _ = try await database.jobs.reject(
            job.handle, image, Rejection(criterion: .emotionProbability, value: 0.25), lease: .seconds(60))
        } else {
          _ = try await database.jobs.publish(job.handle, image, lease: .seconds(60))
        }
      }
      if isShort {
        _ = try await database.jobs.release(job.handle, .toppedUp)
      } else {
        _ = try await database.jobs.complete(job.handle)
      }
    }
  }

  /// Every image of a gallery, page by page.
  private static func all(
    _ database: FarmDatabase, _ id: Int64, _ filter: ImageFilter, _ order: GalleryOrder, limit: Int = 5,
    patience: Duration = .seconds(10)
  ) async throws -> [GalleryImage] {
    var images: [GalleryImage] = []
    var place: GalleryPlace?
    while true {
      let found = try await database.images.gallery(
        id, filter, order: order, after: place, limit: limit, patience: patience)
      #expect(found.images.count <= limit)
      images += found.images
      guard let next = found.next else { return images }
      // As the address of the next page carries it.
      #expect(GalleryPlace(next.text, in: order) == next)
      place = next
    }
  }

  @Test func theDatabaseFindsWhatAConditionMeans() async throws {
    try await Self.with { database, id in
      let rows = try await database.images.page(id)
      #expect(rows.count == 48)
      let measured = try await database.images.measurements(id, in: 0...47)
      let conditions = [
        "emotion = awe", "emotion != awe", "emotion = null", "emotion != null", "emotion in (awe, null)",
        "emotion_spec = fear", "prompt ~ 'BAG''s'", "prompt ~ \"<b>\"", "prompt = null", "not prompt ~ bag",
        "text ~ bag",
        "text = ''", "text != ''", "negative = blur", "seed >= 110 and seed < 120", "seed = 147", "width = 128",
        "height > 64", "steps <= 20", "sampler = dpmpp2m", "sampler < e", "guidance >= 4", "batch = \(id)",
        "batch != \(id)",
        "index in (3, 40, 47)", "index > 45 or index < 2", "not index = 5", "index >= 10 and index <= 9", "cell = 2",
        "sha256 ~ 'F'", "model_digest = \(String(repeating: "a", count: 64))", "engine_kind ~ FP32", "worker = 1",
        "worker in (1, 2)", "seconds = 0.3", "seconds < 0.35", "bytes >= 20", "measured_emotion = fear",
        "measured_emotion != fear", "measured_emotion = null", "recognised = true", "recognised = false",
        "not recognised = true", "recognised = null", "emotion_probability >= 0.5", "emotion_probability = null",
        "emotion_probability < 0.3 and not emotion = fear", "content > 0.2", "attribute = 'lake 1'",
        "attribute ~ LAKE and not attribute = null", "content = null", "content != 0.01",
        "not (emotion = awe and (worker = 1 or content = null))", "not (emotion = awe or index > 20)",
        "emotion = awe and worker = 2 or text ~ WORDS and not content = null",
      ]
      for text in conditions {
        let condition = try ImageCondition(parsing: text)
        let expected = rows.filter { condition.matches(ImageFacts(row: $0, measurement: measured[$0.index])) }
          .map(\.index)
        #expect(
          try await Self.all(database, id, condition.filter, .index).map(\.row.index) == expected, "\(text)")
        // The same among measured images of an emotion, the most doubted first.
        let doubted = try await Self.all(database, id, condition.filter, .doubt)
        #expect(
          Set(doubted.map(\.row.index)) == Set(expected.filter { rows[$0].emotion != nil }), "\(text), by doubt")
        #expect(doubted.count == Set(doubted.map(\.row.index)).count)
        let keys = doubted.map { ($0.probability ?? -1, $0.row.index) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "\(text)")
      }
      let used = Set(conditions.flatMap { text in ImageFilter.Column.allCases.filter { text.contains($0.rawValue) } })
      #expect(used == Set(ImageFilter.Column.allCases))
      #expect(ImageColumn.all.map(\.name) == ImageFilter.Column.allCases.map(\.rawValue))
    }
  }

  @Test func imagesCarryTheirMeasurement() async throws {
    try await Self.with { database, id in
      let measured = try await database.images.measurements(id, in: 0...47)
      for image in try await Self.all(database, id, .everything, .index, limit: 48) {
        #expect(image.measurement == measured[image.row.index] && image.rejection == nil)
      }
      #expect(
        try await Audit(database: database, store: ArtifactStore(home: "/nowhere")).run()
          .filter { $0.check == "measurement.wrong" } == [])
      try await database.pool.withConnection {
        _ = try await $0.query("UPDATE measurements SET asked = 0.5 WHERE idx = 3")
      }
      #expect(
        try await Audit(database: database, store: ArtifactStore(home: "/nowhere")).run()
          .filter { $0.check == "measurement.wrong" }.count == 1)
    }
  }

  @Test func aSearchWithoutTimeGoesOnWhereItStopped() async throws {
    try await Self.with { database, id in
      // No window is full with 48 images, so that the first look is whole, whatever the patience.
      let none = try ImageCondition(parsing: "worker = 99").filter
      let found = try await database.images.gallery(id, none, order: .index, limit: 5, patience: .zero)
      #expect(found.images.isEmpty && found.next == nil && !found.isCutShort)
      let windowed = try await database.images.gallery(
        id, none, order: .index, limit: 5, window: 7, patience: .zero)
      #expect(windowed.images.isEmpty && windowed.next == .index(6) && windowed.isCutShort)
      let doubted = try await database.images.gallery(id, none, order: .doubt, limit: 5, window: 7, patience: .zero)
      #expect(doubted.isCutShort && doubted.next != nil)
      let odd = try ImageCondition(parsing: "worker = 2").filter
      for order in [GalleryOrder.index, .doubt] {
        var (places, indices): ([GalleryPlace?], [Int]) = ([nil], [])
        while let place = places.last {
          let page = try await database.images.gallery(
            id, odd, order: order, after: place, limit: 3, window: 4, patience: .zero)
          indices += page.images.map(\.row.index)
          guard let next = page.next else { break }
          places.append(next)
        }
        let whole = try await Self.all(database, id, odd, order, limit: 48).map(\.row.index)
        #expect(indices == whole && places.count > 3, "\(order)")
      }
    }
  }

  @Test func rejectedImagesAreListedWithTheirReasons() async throws {
    try await Self.with(acceptance: Acceptance(emotionProbability: 0.01, tries: 3)) { database, id in
      let rejected = try await Self.all(database, id, .everything, .rejected, limit: 3)
      #expect(rejected.map(\.row.index) == [1, 3, 5, 7] && rejected.map(\.row.seed) == [101, 103, 105, 107])
      #expect(
        rejected.allSatisfy {
          $0.rejection == Rejection(criterion: .emotionProbability, value: 0.25) && $0.row.trial == 0
        })
      let accepted = try await Self.all(database, id, .everything, .index)
      #expect(accepted.map(\.row.seed) == [100, 109, 102, 111, 104, 113, 106, 115])
      for (text, indices) in [
        ("emotion_probability < 0.3", [1, 3, 5, 7]), ("emotion_probability > 0.3", []), ("index > 3", [5, 7]),
        ("seed = 105", [5]), ("emotion = fear", []), ("content = null and recognised = null", [1, 3, 5, 7]),
      ] {
        let filter = try ImageCondition(parsing: text).filter
        #expect(try await Self.all(database, id, filter, .rejected).map(\.row.index) == indices, "\(text)")
      }
    }
  }

  @Test(arguments: [
    ("", GalleryOrder.index), ("x", .index), ("-2", .index), ("1:2", .index), ("99999999999", .index), ("1", .doubt),
    ("nan:1", .doubt), ("inf:1", .doubt), ("0.5:", .doubt), ("0.5:1:2", .doubt), ("1", .rejected),
    ("1:99999", .rejected),
    ("1:x", .rejected),
  ]) func aPlaceOfNoOrderIsRefused(text: String, order: GalleryOrder) {
    #expect(GalleryPlace(text, in: order) == nil)
  }
}
