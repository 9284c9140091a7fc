import Farm
import Files
import Foundation
import Postgres

/// Brings what happens in the farm to everybody who watches a page.
///
/// A topic is read by one task, however many watch it, and by none if nobody does. PostgreSQL's notifications wake it at
/// once; images are published without one, because a commit that notifies takes a lock of the whole server, so that the
/// topic also looks by itself. A pause between two looks is at least nine times as long as the look took: a huge batch
/// costs the database at most a tenth of one connection.
actor LiveHub {
  enum Topic: Hashable, Sendable {
    case farm
    case batch(Int64)
    case training(Int64)
    /// The batch as a document for programs.
    case status(Int64)
  }

  private struct Watch {
    var viewers: [Int: AsyncStream<LiveFrame>.Continuation] = [:]
    var last: LiveFrame?
    let wake: AsyncStream<Void>.Continuation
    let task: Task<Void, Never>
  }

  /// The most topics and viewers; more are turned away instead of slowing down the others.
  static let largestTopics = 128
  static let largestViewers = 2000
  /// Between two looks at a topic without a notification.
  private static let period = Duration.milliseconds(600)
  /// Between two looks, however many notifications come.
  private static let shortest = Duration.milliseconds(200)
  /// After which an unchanged state is sent again, so that lost viewers are noticed.
  private static let beat = Duration.seconds(15)

  private let load: @Sendable (Topic) async throws -> [LivePart]
  private var watches: [Topic: Watch] = [:]
  private var viewers = 0
  private var lastViewer = 0

  init(load: @escaping @Sendable (Topic) async throws -> [LivePart]) {
    self.load = load
  }

  /// The frames of a topic from now on. A viewer that does not take them in time gets the newest one alone.
  ///
  /// - Throws: ``PageError`` (`busy`) if too many watch already.
  func frames(of topic: Topic) throws -> AsyncStream<LiveFrame> {
    guard viewers < Self.largestViewers, watches[topic] != nil || watches.count < Self.largestTopics else {
      throw PageError(.busy, "too many pages are being watched: close some, or reload this one by hand")
    }
    let watch = watches[topic] ?? start(topic)
    lastViewer += 1
    viewers += 1
    let id = lastViewer
    let (stream, continuation) = AsyncStream.makeStream(of: LiveFrame.self, bufferingPolicy: .bufferingNewest(1))
    continuation.onTermination = { [weak self] _ in Task { await self?.leave(topic, id) } }
    watches[topic] = watch
    watches[topic]?.viewers[id] = continuation
    if let last = watch.last { continuation.yield(last) }
    return stream
  }

  /// Looks at topics that a notification concerns: at the farm, and at the batch if one is named.
  func wake(batch: Int64?) {
    watches[.farm]?.wake.yield()
    guard let batch else { return }
    for topic in [Topic.batch(batch), .training(batch), .status(batch)] { watches[topic]?.wake.yield() }
  }

  /// Wakes all topics, because notifications may have been lost.
  func wakeAll() {
    for watch in watches.values { watch.wake.yield() }
  }

  /// Ends all streams; browsers connect again when the program is back.
  func close() {
    for watch in watches.values { for viewer in watch.viewers.values { viewer.finish() } }
  }

  /// For tests: topics that are read, and viewers.
  var figures: (topics: Int, viewers: Int) { (watches.count, viewers) }

  private func start(_ topic: Topic) -> Watch {
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let task = Task { await follow(topic, wakes) }
    return Watch(wake: wake, task: task)
  }

  private func leave(_ topic: Topic, _ id: Int) {
    guard watches[topic]?.viewers.removeValue(forKey: id) != nil else { return }
    viewers -= 1
    guard let watch = watches[topic], watch.viewers.isEmpty else { return }
    watch.task.cancel()
    watch.wake.finish()
    watches[topic] = nil
  }

  private func follow(_ topic: Topic, _ wakes: AsyncStream<Void>) async {
    var lastSent = ContinuousClock.now
    var iterator = wakes.makeAsyncIterator()
    while !Task.isCancelled {
      let started = ContinuousClock.now
      let frame: LiveFrame
      do {
        let parts = try await load(topic)
        frame = LiveFrame(parts, after: watches[topic]?.last)
      } catch is CancellationError {
        return
      } catch {
        frame = LiveFrame(problem: PageError.text(error))
      }
      guard !Task.isCancelled else { return }
      let now = ContinuousClock.now
      if watches[topic]?.last != frame || now - lastSent > Self.beat {
        lastSent = now
        watches[topic]?.last = frame
        for viewer in watches[topic]?.viewers.values ?? [:].values { viewer.yield(frame) }
      }
      let cost = now - started
      try? await Task.sleep(for: max(Self.shortest, cost * 9))
      let wake = watches[topic]?.wake
      let timer = Task {
        try await Task.sleep(for: Self.period)
        wake?.yield()
      }
      _ = await iterator.next()
      timer.cancel()
    }
  }
}
