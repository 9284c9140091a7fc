import Postgres

/// The result of a repair.
package struct RepairReport: Sendable {
  /// Files that were read.
  package var examined = 0
  /// Files of no use, by kind.
  package private(set) var faults: [FileFault.Kind: Int] = [:]
  /// The first of them.
  package private(set) var first: [FileFault] = []
  package private(set) var taken = TakenBack()
  /// The engine kinds of the live workers.
  package var liveEngines: [String] = []
  package var outcomes = RepairOutcomes()

  /// The number of faults that a report lists.
  package static let shown = 20

  /// The images of one call that are rendered again.
  package struct TakenBack: Hashable, Sendable {
    package var images = 0
    package var jobs = 0
    /// Jobs among them that were done.
    var jobsDone = 0
    /// Images that were left alone because their jobs are running.
    package var running = 0
    /// Images that were left alone because their jobs failed or were cancelled.
    package var stopped = 0
    /// The engine kinds that had rendered them.
    package var engines: Set<String> = []

    init() {}

    init(_ row: PostgresRow) throws {
      images = try row.int("images")
      jobs = try row.int("jobs")
      jobsDone = try row.int("done")
      running = try row.int("running")
      stopped = try row.int("stopped")
      engines = Set(try row.strings("engines"))
    }
  }

  package init() {}

  /// Engine kinds that rendered images which no live worker renders to the same bytes.
  package var absentEngines: [String] { taken.engines.subtracting(liveEngines).sorted() }

  package var faultCount: Int { faults.values.reduce(0, +) }

  mutating func add(_ found: [FileFault]) {
    for fault in found { faults[fault.kind, default: 0] += 1 }
    first += found.prefix(Self.shown - first.count)
  }

  mutating func add(_ part: TakenBack) {
    taken.images += part.images
    taken.jobs += part.jobs
    taken.running += part.running
    taken.stopped += part.stopped
    taken.engines.formUnion(part.engines)
  }
}

/// What became of images that were taken back, by now.
package struct RepairOutcomes: Hashable, Sendable {
  /// Not rendered again yet.
  package var waiting = 0
  package var sameBytes = 0
  /// Another version of the program rendered it: the file differs in its provenance only.
  package var samePixels = 0
  /// Another engine kind rendered it, or the earlier file was not the image that its row asked for.
  package var otherPixels = 0

  package init() {}

  init(_ row: PostgresRow) throws {
    waiting = try row.int("waiting")
    sameBytes = try row.int("same_bytes")
    samePixels = try row.int("same_pixels")
    otherPixels = try row.int("other_pixels")
  }
}
