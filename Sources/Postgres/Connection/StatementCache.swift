/// Decides which statements to prepare on a connection, and under which names.
///
/// A statement is prepared when its text occurs for the second time, so that a statement that runs once costs one round
/// trip. If the cache is full, the least recently used statement is evicted.
package struct StatementCache {
  package enum Action: Equatable {
    /// Send text and parameters together without preparing.
    case once
    /// Prepare under this name, then execute; deallocate the evicted statement first.
    case prepare(name: String, evicted: String?)
    /// Execute the statement prepared under this name.
    case execute(name: String)
  }

  private struct Entry {
    var name: String?
    var lastUse: Int
  }

  private let capacity: Int
  /// Random: behind a pooler that was declared wrongly, a connection meets server processes of others. There a name
  /// that is its own is absent, which the caller repairs, and never stands for another statement.
  private let prefix: String
  private var entries: [String: Entry] = [:]
  private var uses = 0
  private var names = 0

  package init(capacity: Int = 128, prefix: String = "emofarm_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))")
  {
    self.capacity = capacity
    self.prefix = prefix
  }

  /// The action for a statement with this text and these parameter types.
  package mutating func use(_ key: String) -> Action {
    uses += 1
    guard var entry = entries[key] else {
      var room: String?
      if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        // Only prepared names must be deallocated; that happens when the next statement is prepared.
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
    let name = "\(prefix)_\(names)"
    entry.name = name
    return .prepare(name: name, evicted: pendingEvictions.popLast())
  }

  /// Evicted statements that the server still holds.
  private var pendingEvictions: [String] = []

  /// Forgets a statement that could not be prepared, or that the server no longer accepts.
  package mutating func forget(_ key: String) {
    entries[key] = nil
  }
}
