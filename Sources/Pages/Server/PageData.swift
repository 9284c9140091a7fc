import Admin
package import Farm
import Files
import Foundation
import Specifications
import Training
import Vocabulary

/// What pages show of the farm. However many people look, each thing is read at most once in its period.
package struct PageData: Sendable {
  /// Texts about the farm's place that do not change while the program runs.
  package struct Place: Sendable {
    package let home: String
    package let store: String
    /// The address without secrets.
    package let database: String
    package let minimumFreeBytes: Int64
    /// The model of batches that name none.
    package let model: String

    package init(home: String, store: String, database: String, minimumFreeBytes: Int64, model: String) {
      self.home = home
      self.store = store
      self.database = database
      self.minimumFreeBytes = minimumFreeBytes
      self.model = model
    }
  }

  let database: FarmDatabase
  let store: ArtifactStore
  let place: Place
  private let farms = Shared<Int, FarmView>(capacity: 1, period: .milliseconds(700))
  private let measures = Shared<Int, FarmMeasures>(capacity: 1, period: .seconds(5))
  private let allRates = Shared<Int, [Int64: Double]>(capacity: 1, period: .seconds(1))
  private let spaces = Shared<Int, Int64?>(capacity: 1, period: .seconds(10))
  private let batches = Shared<Int64, BatchView>(capacity: 64, period: .milliseconds(500))
  /// Counted from an entry for each image, so that they are asked for less often than the rest.
  private let recognitions = Shared<Int64, [Emotion: [Int]]>(capacity: 64, period: .seconds(10))
  /// Counted from every image's row: of small batches while somebody waits, of others behind their backs.
  private let shortTimelines = Shared<Int64, BatchTimeline?>(capacity: 64, period: .seconds(2))
  private let longTimelines = Background<Int64, BatchTimeline?>(capacity: 16, period: .seconds(30))
  private let trainings = Shared<Int64, TrainingData>(capacity: 16, period: .seconds(1))
  private let statuses = Shared<Int64, BatchStatus>(capacity: 256, period: .milliseconds(500))

  package init(database: FarmDatabase, store: ArtifactStore, place: Place) {
    self.database = database
    self.store = store
    self.place = place
  }

  static let openStates: [BatchState] = [.queued, .running, .paused, .cancelling]

  /// Images per second by batch, over the last minute.
  func rates() async throws -> [Int64: Double] {
    let database = database
    return try await allRates.value(0) { try await database.batches.rates() }
  }

  func farm() async throws -> FarmView {
    let (database, store, place) = (database, store, place)
    let measured = try await measures.value(0) { try await database.measures() }
    let rates = try await rates()
    let free = try await spaces.value(0) { try await BlockingExecutor.run { try store.freeBytes() } }
    return try await farms.value(0) {
      let events = database.events
      return FarmView(
        open: try await database.batches.list(states: Self.openStates, limit: 50),
        finished: try await database.batches.list(states: [.done, .failed, .cancelled], limit: 8),
        rates: rates, workers: try await database.workers.list(),
        running: try await database.batches.running(), problems: try await events.problems(),
        measures: measured, freeBytes: free, place: place)
    }
  }

  /// The counts of a batch, for pages that show no more of it.
  ///
  /// - Throws: `FarmError` (`notFound`).
  func status(_ id: Int64) async throws -> BatchStatus {
    let database = database
    return try await statuses.value(id) { try await database.batches.status(id) }
  }

  /// Reads a batch again when it is shown next: somebody changed it here.
  func forget(_ id: Int64) async {
    await batches.forget(id)
    await trainings.forget(id)
    await statuses.forget(id)
    await farms.forget(0)
  }

  /// - Throws: `FarmError` (`notFound`).
  func batch(_ id: Int64) async throws -> BatchView {
    let (database, store) = (database, store)
    return try await batches.value(id) {
      let snapshot = try await BatchSnapshot.load(id, from: database.batches) { try await recognised(id) }
      let isOfImages = snapshot.status.training == nil
      return BatchView(
        snapshot: snapshot,
        latest: isOfImages
          ? try await database.images.latest(id, end: snapshot.status.finished, limit: BatchView.sheetSize) : [],
        timeline: isOfImages ? try await timeline(snapshot.status) : nil,
        events: try await database.events.recent(batch: id, limit: 40), place: store.store.place)
    }
  }

  /// How often a batch's classifiers recognised each emotion, by the emotion that was asked for.
  func recognised(_ id: Int64) async throws -> [Emotion: [Int]] {
    let database = database
    return try await recognitions.value(id) { try await database.batches.recognised(id) }
  }

  /// A larger batch is not counted while somebody waits for its page.
  private static let shortBatch = 20_000

  private func timeline(_ status: BatchStatus) async throws -> BatchTimeline? {
    let (database, id) = (database, status.id)
    if status.imagesDone <= Self.shortBatch {
      return try await shortTimelines.value(id) { try await database.batches.timeline(id) }
    }
    return await longTimelines.value(id) { try await database.batches.timeline(id) } ?? nil
  }
}

extension PageData {
  /// A training, with what its run's folder says if it is on this machine.
  ///
  /// - Throws: `FarmError` (`notFound`) for a batch that is none.
  func training(_ id: Int64) async throws -> TrainingData {
    let (database, home) = (database, place.home)
    return try await trainings.value(id) {
      let snapshot = try await BatchSnapshot.load(id, from: database.batches)
      guard snapshot.status.training != nil else {
        throw FarmError(.notFound, "batch \(id) renders images: there is no training with this number")
      }
      let spec = try await database.batches.spec(id)
      let folder = spec.training.map { $0.relative(to: home) }.map { $0.run ?? "\($0.out)/run" }
      return TrainingData(
        snapshot: snapshot, specification: try spec.json, folder: folder,
        history: try await BlockingExecutor.run {
          Result { () throws -> RunHistory? in try folder.flatMap { try RunHistory(folder: $0) } }
        },
        events: try await database.events.recent(batch: id, limit: 40))
    }
  }
}

/// A training at one moment.
struct TrainingData: Sendable {
  let snapshot: BatchSnapshot
  /// As JSON.
  let specification: String
  /// The run's folder as this machine would name it.
  let folder: String?
  /// nil if the folder is not on this machine.
  let history: Result<RunHistory?, any Error>
  let events: [FarmEvent]

  var status: BatchStatus { snapshot.status }
}

/// The farm at one moment.
struct FarmView: Sendable {
  /// The newest batches that are not finished.
  let open: [BatchStatus]
  /// The newest finished batches.
  let finished: [BatchStatus]
  /// Images per second by batch.
  let rates: [Int64: Double]
  let workers: [WorkerStatus]
  let running: [RunningJob]
  let problems: [(event: FarmEvent, times: Int)]
  let measures: FarmMeasures
  let freeBytes: Int64?
  let place: PageData.Place
}

/// A batch at one moment.
struct BatchView: Sendable {
  /// Images on the live contact sheet.
  static let sheetSize = 60

  let snapshot: BatchSnapshot
  /// The newest images, newest first.
  let latest: [ImageRow]
  /// nil for a training, before the batch has begun, and of a large batch until it is counted.
  let timeline: BatchTimeline?
  let events: [FarmEvent]
  let place: String

  var status: BatchStatus { snapshot.status }
}
