package import Farm
package import Foundation
import Imaging
package import Scoring
import Vocabulary

/// What came out of a batch, read from its rows in one pass.
///
/// Memory: some forty bytes for each image.
package struct BatchFindings: Sendable {
  /// The images of one emotion, or those of plain text.
  package struct Group: Sendable {
    /// As in the rows; nil for plain text.
    package let emotion: String?
    package var made = 0
    package var measured = 0
    /// Of the measured ones, those in which the classifier finds this emotion most probable.
    package var right = 0
    /// The sum of the probabilities of this emotion.
    package var probability = 0.0
    package var contents = 0
    /// The sum of the content classifier's confidences.
    package var content = 0.0
    /// Evenly spaced over the batch.
    package var samples: [ImageRow] = []

    /// The share of right ones among the measured ones; nil without any, or for plain text.
    package var accuracy: Estimate? {
      measured > 0 && emotion != nil ? Estimate(right, of: measured) : nil
    }
  }

  /// A tenth of the images in the order in which they were published.
  package struct Period: Sendable {
    package let from: Date
    package let to: Date
    package let images: Int
    /// Mean rendering time of an image.
    package let seconds: Double
    package let accuracy: Estimate?
  }

  package private(set) var groups: [Group] = []
  package private(set) var images = 0
  package private(set) var measured = 0
  /// How often an emotion was recognised (second index) in images of an emotion (first index), in EmoSet's order.
  package private(set) var confusion: [[Int]]
  /// Images by the probability of the emotion that was asked for, in tenths.
  package private(set) var probabilities = [Int](repeating: 0, count: 10)
  /// Images by the content classifier's confidence, in tenths.
  package private(set) var contents = [Int](repeating: 0, count: 10)
  /// Measured images of an emotion whose classifier gives it the least probability, the least first.
  package private(set) var doubted: [(row: ImageRow, probability: Double)] = []
  package private(set) var periods: [Period] = []
  /// Images by the worker that rendered them.
  package private(set) var workers: [Int64: Int] = [:]
  /// Images by the kind of engine.
  package private(set) var engines: [String: Int] = [:]
  /// Images by the class that the attribute classifier finds most probable.
  package private(set) var attributes: [String: Int] = [:]
  /// Measured images that are near-duplicates of an earlier one: ``likeness`` of the bits of their perceptual hashes are
  /// equal.
  package private(set) var repeated = 0
  /// The most alike of them, each after the earlier one.
  package private(set) var pairs: [(original: ImageRow, copy: ImageRow, likeness: Double)] = []
  /// The share of equal bits of perceptual hashes from which on images are near-duplicates.
  package let likeness: Double

  private struct Moment {
    let at: Date
    let seconds: Float
    /// nil if the image is not measured, or plain text.
    let isRight: Bool?
  }

  package static let samples = 8
  private static let mostDoubted = 16
  private static let mostPairs = 8
  private static let page = 1000

  /// Reads the rows of a batch.
  ///
  /// - Parameters:
  ///   - emotions: the batch's progress by emotion, which says where samples lie.
  ///   - likeness: see ``likeness``.
  ///   - onImages: called with the number of rows read so far.
  /// - Throws: `PostgresError`, `FarmError` for a row that cannot be read.
  package init(
    of batch: Int64, emotions: [EmotionProgress], likeness: Double, in index: ImageIndex,
    onImages: (Int) throws -> Void = { _ in }
  ) async throws {
    self.likeness = likeness
    confusion = Emotion.allCases.map { _ in Emotion.allCases.map { _ in 0 } }
    var made: [String?: Int] = [:]
    for progress in emotions { made[progress.emotion, default: 0] += progress.imagesDone }
    var moments: [Moment] = []
    var hashes: [(index: Int, hash: PerceptualHash)] = []
    var last = -1
    while true {
      let rows = try await index.page(batch, after: last, limit: Self.page)
      guard let end = rows.last?.index else { break }
      let measurements = try await index.measurements(batch, in: last + 1...end)
      for row in rows {
        let measurement = measurements[row.index]
        let isRight = add(row, measurement, of: max(1, made[row.emotion] ?? 0))
        if let measurement { hashes.append((row.index, measurement.hash)) }
        moments.append(Moment(at: row.created, seconds: Float(row.seconds), isRight: isRight))
      }
      last = end
      try onImages(images)
    }
    groups.sort { Self.order($0.emotion) < Self.order($1.emotion) }
    periods = Self.periods(moments.sorted { $0.at < $1.at })
    let repeats = PerceptualHash.repeats(among: hashes.map(\.hash), least: likeness)
    repeated = repeats.count
    for found in repeats.sorted(by: { ($1.likeness, $0.position) < ($0.likeness, $1.position) }).prefix(Self.mostPairs)
    {
      let indices = [found.original, found.position].map { hashes[$0].index }
      var rows: [ImageRow] = []
      for place in indices { rows += try await index.page(batch, after: place - 1, limit: 1) }
      // A batch that is still at work may have lost one of them.
      guard rows.map(\.index) == indices else { continue }
      pairs.append((rows[0], rows[1], found.likeness))
    }
  }

  private static func order(_ emotion: String?) -> Int {
    emotion.flatMap(Emotion.init(rawValue:))?.index ?? Emotion.allCases.count
  }

  /// - Parameter count: the images of its emotion.
  private mutating func add(_ row: ImageRow, _ measurement: ImageMeasurement?, of count: Int) -> Bool? {
    images += 1
    workers[row.worker, default: 0] += 1
    engines[row.engine, default: 0] += 1
    let place = groups.firstIndex { $0.emotion == row.emotion } ?? groups.count
    if place == groups.count { groups.append(Group(emotion: row.emotion)) }
    let position = groups[place].made
    groups[place].made += 1
    if position == 0 || position * Self.samples / count > (position - 1) * Self.samples / count,
      groups[place].samples.count < Self.samples
    {
      groups[place].samples.append(row)
    }
    guard let measurement, let recognised = measurement.emotion else { return nil }
    measured += 1
    if let attribute = measurement.attribute { attributes[attribute, default: 0] += 1 }
    groups[place].measured += 1
    if let content = measurement.content {
      groups[place].contents += 1
      groups[place].content += Double(content)
      contents[Self.tenth(content)] += 1
    }
    guard let asked = row.emotion.flatMap(Emotion.init(rawValue:)) else { return nil }
    let probability = measurement.emotions[asked.index]
    confusion[asked.index][recognised.index] += 1
    probabilities[Self.tenth(probability)] += 1
    groups[place].probability += Double(probability)
    if recognised == asked { groups[place].right += 1 }
    note(row, Double(probability))
    return recognised == asked
  }

  private mutating func note(_ row: ImageRow, _ probability: Double) {
    if doubted.count == Self.mostDoubted, let surest = doubted.last, surest.probability <= probability { return }
    let place = doubted.firstIndex { $0.probability > probability } ?? doubted.count
    doubted.insert((row, probability), at: place)
    if doubted.count > Self.mostDoubted { doubted.removeLast() }
  }

  /// The tenth in which a probability lies; the database keeps it between 0 and 1.
  private static func tenth(_ value: Float) -> Int { min(9, max(0, Int(value * 10))) }

  private static func periods(_ moments: [Moment]) -> [Period] {
    let count = min(10, moments.count)
    return (0..<count).compactMap { part in
      let range = moments.count * part / count..<moments.count * (part + 1) / count
      let some = moments[range]
      guard let first = some.first, let last = some.last else { return nil }
      let judged = some.compactMap(\.isRight)
      return Period(
        from: first.at, to: last.at, images: some.count,
        seconds: some.reduce(0) { $0 + Double($1.seconds) } / Double(some.count),
        accuracy: judged.isEmpty ? nil : Estimate(judged.count { $0 }, of: judged.count))
    }
  }
}
