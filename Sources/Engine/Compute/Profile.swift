import Synchronization

/// Time spent in a network, by block and by operation within it.
package final class Profile: Sendable {
  /// The work of a call.
  package struct Work: Sendable {
    /// Multiplications and additions; for a convolution those of the direct algorithm.
    var operations = 0.0
    /// Bytes read and written, counting each value once.
    var bytes = 0

    static let unknown = Work()

    static func values(_ count: Int) -> Work { Work(bytes: 4 * count) }
  }

  /// The calls of an operation in a block.
  package struct Line: Codable, Sendable {
    package let block: String
    package let operation: String
    package fileprivate(set) var calls = 0
    package fileprivate(set) var seconds = 0.0
    package fileprivate(set) var operations = 0.0
    package fileprivate(set) var bytes = 0
  }

  private struct State {
    var block = ""
    var lines: [Line] = []
    var places: [String: Int] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// In the order of the first calls.
  package var lines: [Line] { state.withLock { $0.lines } }

  /// Discards the measurements.
  package func reset() { state.withLock { $0 = State() } }

  func add(_ operation: String, _ work: Work, _ time: Duration) {
    // The function's name without its argument labels.
    let name = String(operation.prefix { $0 != "(" })
    state.withLock { state in
      let key = "\(state.block) \(name)"
      let place = state.places[key] ?? state.lines.count
      if place == state.lines.count {
        state.places[key] = place
        state.lines.append(Line(block: state.block, operation: name))
      }
      state.lines[place].calls += 1
      state.lines[place].seconds += Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
      state.lines[place].operations += work.operations
      state.lines[place].bytes += work.bytes
    }
  }

  fileprivate func enter(_ block: String) -> String {
    state.withLock { state in
      defer { state.block = block }
      return state.block
    }
  }
}

extension Compute {
  /// Attributes the operations of `body` to a named block in the profile, if there is one.
  package func named<Result>(_ block: @autoclosure () -> String, _ body: () throws -> Result) rethrows -> Result {
    guard let profile else { return try body() }
    let before = profile.enter(block())
    defer { _ = profile.enter(before) }
    return try body()
  }
}
