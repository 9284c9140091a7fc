package import Farm
import Files
import Foundation
import Synchronization

/// Images stored and read a second, with 1, 4 and 16 of them under way at once.
///
/// The files lie in a store of their own inside the farm's, and are deleted afterwards.
package struct StoreBenchmark {
  package struct Result: Codable, Sendable {
    package let store: String
    package let images: Int
    /// Of each image.
    package let bytes: Int
    package var rates: [Rate] = []
  }

  package struct Rate: Codable, Sendable {
    /// Requests under way at once.
    package let atOnce: Int
    package let storedPerSecond: Double
    package let readPerSecond: Double
  }

  private let location: StoreLocation
  private let images: Int
  private let bytes: Int

  package init(_ location: StoreLocation, images: Int, bytes: Int) {
    self.location = location
    self.images = images
    self.bytes = bytes
  }

  package func run() async throws -> Result {
    var result = Result(store: location.place, images: images, bytes: bytes)
    let store = ArtifactStore(try location.nested("bench-\(UUID().uuidString.lowercased())"))
    for atOnce in [1, 4, 16] {
      let payloads = (0..<images).map { _ in Self.payload(bytes) }
      let digests = Digests(count: images)
      let stored = try await rate(atOnce) { digests.set($0, try store.put(payloads[$0]).sha256) }
      let names = digests.all
      let read = try await rate(atOnce) { _ = try store.read(names[$0]) }
      result.rates.append(Rate(atOnce: atOnce, storedPerSecond: stored, readPerSecond: read))
      _ = try await rate(16) { index in
        try store.store.delete(String(store.path(names[index]).dropFirst(store.store.describe("").count)))
      }
    }
    return result
  }

  /// Runs a body for each image, `atOnce` at the same time, and returns the images a second.
  private func rate(_ atOnce: Int, _ body: @escaping @Sendable (Int) throws -> Void) async throws -> Double {
    let count = images
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for first in 0..<atOnce {
        group.addTask {
          try await BlockingExecutor.run {
            for index in stride(from: first, to: count, by: atOnce) { try body(index) }
          }
        }
      }
      try await group.waitForAll()
    }
    return Double(images) / ((ContinuousClock.now - start) / .seconds(1))
  }

  private final class Digests: Sendable {
    private let values: Mutex<[String]>

    init(count: Int) { values = Mutex(Array(repeating: "", count: count)) }

    var all: [String] { values.withLock { $0 } }

    func set(_ index: Int, _ digest: String) { values.withLock { $0[index] = digest } }
  }

  private static func payload(_ count: Int) -> [UInt8] {
    var state = UInt64.random(in: 1...UInt64.max)
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }
}
