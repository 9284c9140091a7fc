/// What a pool does next, decided without doing it: who may use, open or must wait, first come, first served.
package struct PoolState<Item> {
  package typealias Ticket = UInt64

  package enum Acquisition {
    /// Use this item, opened before.
    case use(Item)
    /// There is room: open one.
    case open
    /// Wait until the ticket is served.
    case wait
    /// The pool is closed.
    case refuse
  }

  package enum Return {
    /// Hand the item to a waiting ticket.
    case serve(Ticket, Item)
    /// It is kept for later.
    case keep
    /// Close it.
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
    // The latest returned is the likeliest to be warm; older ones are the ones that idle.
    if let item = idle.popLast() { return .use(item) }
    guard opened < size else {
      waiting.append(ticket)
      return .wait
    }
    opened += 1
    return .open
  }

  /// An item comes back in working order.
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

  /// An item broke or could not be opened; returns the ticket that may open one instead.
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

  /// Nothing is handed out from here on; returns what idles and who waits.
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
