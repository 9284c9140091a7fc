import Files
import Foundation
import Imaging
import Synchronization
import Vocabulary

/// The contents of a dataset in EmoSet's layout and all of its faults; every picture is decompressed.
package struct EmoSetCheck: Sendable {
  /// A name and the number of pictures that have it, by split.
  package struct Count: Sendable, Equatable {
    package let name: String
    package fileprivate(set) var pictures: [EmoSetSplit: Int] = [:]

    package var total: Int { pictures.values.reduce(0, +) }
  }

  package let folder: String
  /// Sorted by kind, then by place.
  package let faults: [DatasetFault]
  /// The number of annotations that lack a key, by key; every key is optional.
  package let absentKeys: [String: Int]
  /// The number of usable pictures.
  package let usable: Int
  /// The eight emotions in EmoSet's order.
  package let emotions: [Count]
  /// Scenes and objects by their normalised names, the most frequent first.
  package let attributes: [Count]
  /// The smallest and the largest picture by area; nil if there are none.
  package let sizes: (smallest: Size, largest: Size)?

  /// Pixels.
  package struct Size: Sendable, Equatable {
    package let width: Int
    package let height: Int
  }

  /// Reads everything, on all cores.
  ///
  /// - Parameter onProgress: Called from time to time with the number of pictures read and their total; throwing stops
  ///   the check.
  /// - Throws: `DatasetError` if the folder cannot be read as a dataset at all.
  package init(folder: String, onProgress: (Int, Int) throws -> Void = { _, _ in }) throws {
    let dataset = try EmoSetDataset(folder: folder)
    var faults = dataset.faults
    var sizes: [Size] = []
    var emotions = Emotion.names.map { Count(name: $0) }
    var attributes: [String: Count] = [:]
    let portion = 256
    for start in stride(from: 0, to: dataset.records.count, by: portion) {
      let part = Array(dataset.records[start..<min(start + portion, dataset.records.count)])
      for (record, outcome) in zip(part, Self.pictures(of: part, in: folder)) {
        switch outcome {
        case .failure(let fault): faults.append(fault)
        case .success(let size):
          sizes.append(size)
          for index in emotions.indices where emotions[index].name == record.emotion {
            emotions[index].pictures[record.split, default: 0] += 1
          }
          for name in record.attributes {
            attributes[name, default: Count(name: name)].pictures[record.split, default: 0] += 1
          }
        }
      }
      try onProgress(start + part.count, dataset.records.count)
    }
    self.folder = folder
    let kinds = DatasetFault.Kind.allCases
    self.faults = kinds.flatMap { kind in faults.filter { $0.kind == kind } }
    absentKeys = dataset.absentKeys
    usable = sizes.count
    self.emotions = emotions
    self.attributes = attributes.values.sorted { ($1.total, $0.name) < ($0.total, $1.name) }
    let ordered = sizes.sorted { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
    if let smallest = ordered.first, let largest = ordered.last {
      self.sizes = (smallest, largest)
    } else {
      self.sizes = nil
    }
  }

  private enum Outcome: Sendable {
    case success(Size)
    case failure(DatasetFault)
  }

  private static func pictures(of records: [EmoSetRecord], in folder: String) -> [Outcome] {
    let results = Mutex([Int: Outcome]())
    DispatchQueue.concurrentPerform(iterations: records.count) { index in
      let outcome: Outcome
      do {
        let picture = try records[index].picture()
        outcome = .success(Size(width: picture.width, height: picture.height))
      } catch {
        let place = String(records[index].image.dropFirst(folder.count + 1))
        outcome = .failure(DatasetFault(kind: .brokenImage, place: place, message: Self.reason(error)))
      }
      results.withLock { $0[index] = outcome }
    }
    return results.withLock { results in records.indices.compactMap { results[$0] } }
  }

  /// The error's message without the file's name.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as JPEGError: error.offset.map { "\(error.message) (at byte \($0))" } ?? error.message
    case let error as PNGError: error.offset.map { "\(error.message) (at byte \($0))" } ?? error.message
    case let error as ImageFileError: error.message
    default: "\(error)"
    }
  }
}
