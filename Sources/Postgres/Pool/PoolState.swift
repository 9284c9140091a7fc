/// The state machine of a pool. It decides who may use or open an item and who must wait, in the order of requests.
package struct PoolState<Item> {
  package typealias Ticket = UInt64

  package enum Acquisition {
    /// Use this item, which is already open.
    case use(Item)
    /// Open a new item; there is room for it.
    case open
    /// Wait until the ticket is served.
    case wait
    /// The pool is closed.
    case refuse
  }

  package enum Return {
    /// Pass the item to a waiting ticket.
    case serve(Ticket, Item)
    /// The item is kept for later use.
    case keep
    /// Close the item.
    case discard(Item)
  }

  private let size: Int
  private var idle: [Item] = []
  private var opened = 0
  private var waiting: [Ticket] = []
  private var isClosed = false

  package init(size: Int) {
    self.size = max(1, size)
  }

  package mutating func acquire(_ ticket: Ticket) -> Acquisition {
    if isClosed { return .refuse }
    // The most recently returned item is the most likely to be warm, so older items become the idle ones.
    if let item = idle.popLast() { return .use(item) }
    guard opened < size else {
      waiting.append(ticket)
      return .wait
    }
    opened += 1
    return .open
  }

  /// An item was returned in working order.
  package mutating func giveBack(_ item: Item) -> Return {
    if isClosed {
      opened -= 1
      return .discard(item)
    }
    guard !waiting.isEmpty else {
      idle.append(item)
      return .keep
    }
    return .serve(waiting.removeFirst(), item)
  }

  /// An item broke or could not be opened. Returns the ticket that may open a new one instead.
  package mutating func lose() -> Ticket? {
    opened -= 1
    guard !isClosed, !waiting.isEmpty else { return nil }
    opened += 1
    return waiting.removeFirst()
  }

  /// The ticket no longer waits.
  package mutating func cancel(_ ticket: Ticket) {
    waiting.removeAll { $0 == ticket }
  }

  /// Closes the pool. Nothing is handed out afterwards; returns the idle items and the waiting tickets.
  package mutating func close() -> (idle: [Item], waiting: [Ticket]) {
    defer {
      opened -= idle.count
      idle = []
      waiting = []
      isClosed = true
    }
    return (idle, waiting)
  }
}
