/// Decides which statements are worth preparing on a connection, and under which names.
///
/// A text is prepared when it comes for the second time, so that statements of a one-off command cost one round
/// trip each; the least recently used goes when the cache is full.
package struct StatementCache {
  package enum Action: Equatable {
    /// Send text and parameters together, prepare nothing.
    case once
    /// Prepare under this name, then execute; first drop the evicted one.
    case prepare(name: String, evicted: String?)
    /// Execute what is prepared under this name.
    case execute(name: String)
  }

  private struct Entry {
    var name: String?
    var lastUse: Int
  }

  private let capacity: Int
  private var entries: [String: Entry] = [:]
  private var uses = 0
  private var names = 0

  package init(capacity: Int = 128) {
    self.capacity = capacity
  }

  /// What to do with a statement whose text and parameter types are this key.
  package mutating func use(_ key: String) -> Action {
    uses += 1
    guard var entry = entries[key] else {
      var room: String?
      if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        // Only names that were prepared need dropping; that happens with the next statement that is prepared.
        room = oldest.value.name
        entries[oldest.key] = nil
      }
      if let room { pendingEvictions.append(room) }
      entries[key] = Entry(name: nil, lastUse: uses)
      return .once
    }
    entry.lastUse = uses
    defer { entries[key] = entry }
    if let name = entry.name { return .execute(name: name) }
    names += 1
    let name = "emofarm_\(names)"
    entry.name = name
    return .prepare(name: name, evicted: pendingEvictions.popLast())
  }

  /// Prepared statements that lost their place and are still held by the server.
  private var pendingEvictions: [String] = []

  /// Forgets a statement that could not be prepared, or that the server no longer accepts.
  package mutating func forget(_ key: String) {
    entries[key] = nil
  }
}
