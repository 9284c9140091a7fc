import Foundation
import Synchronization

/// A fixed team of threads that run the pieces of one operation at a time.
///
/// The calling thread works along; a team of one has no threads of its own. The threads are the team's own, so
/// that long operations never hold Swift's cooperative pool. Which thread runs a piece is left to chance, and no
/// result may depend on it.
///
/// `@unchecked Sendable`: the fields below the lock are only touched while it is held, or by the one caller that
/// holds `turn`.
final class ThreadTeam: @unchecked Sendable {
  let size: Int
  private let turn = NSLock()
  private let lock = NSCondition()
  private let finished = NSCondition()
  private let next = Atomic<Int>(0)
  private let working = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private var pieces = 0
  private var body: ((_ piece: Int, _ member: Int) -> Void)?
  private var closed = false

  /// How often a member looks for new work before it sleeps: for about as long as it would take to wake up again, as
  /// operations follow each other within microseconds.
  private static let spins = 100_000

  init(size: Int) {
    self.size = max(1, size)
    for member in 1..<max(1, self.size) {
      // Each thread holds the team, also while it waits: only `close` ends it.
      let thread = Thread { [self] in
        var seen = 0
        while let now = wait(after: seen) { seen = now; work(member) }
      }
      thread.name = "emofarm-compute-\(member)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Ends the team's threads, once the work at hand is done.
  func close() {
    lock.lock()
    closed = true
    lock.broadcast()
    lock.unlock()
  }

  /// Runs `body` for every piece in `0..<count` and returns when all are done.
  func run(_ count: Int, _ body: (_ piece: Int, _ member: Int) -> Void) {
    // One caller at a time, a lone one included: both would use the scratch memory of member 0.
    turn.lock()
    defer { turn.unlock() }
    if size == 1 || count <= 1 {
      for piece in 0..<count { body(piece, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      lock.lock()
      self.body = body
      pieces = count
      next.store(0, ordering: .relaxed)
      working.store(size - 1, ordering: .releasing)
      generation.add(1, ordering: .releasing)
      lock.broadcast()
      lock.unlock()
      draw(body, count, 0)
      for _ in 0..<Self.spins where working.load(ordering: .acquiring) > 0 {}
      if working.load(ordering: .acquiring) > 0 {
        finished.lock()
        while working.load(ordering: .acquiring) > 0 { finished.wait() }
        finished.unlock()
      }
      self.body = nil
    }
  }

  private func draw(_ body: (Int, Int) -> Void, _ count: Int, _ member: Int) {
    while true {
      let piece = next.add(1, ordering: .relaxed).oldValue
      guard piece < count else { return }
      body(piece, member)
    }
  }

  /// The number of the next round of work, or nil when the team is closed; work that has begun comes first, because
  /// ``run(_:_:)`` waits for every member.
  private func wait(after seen: Int) -> Int? {
    for _ in 0..<Self.spins {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
    }
    lock.lock()
    defer { lock.unlock() }
    while !closed, generation.load(ordering: .acquiring) == seen { lock.wait() }
    let now = generation.load(ordering: .acquiring)
    return now == seen ? nil : now
  }

  private func work(_ member: Int) {
    drawCurrent(member)
    if working.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
      finished.lock()
      finished.broadcast()
      finished.unlock()
    }
  }

  /// A function that is never inlined, so that its reference to `body` is gone when the member reports itself done:
  /// `run` may only end when nobody else holds the closure.
  @inline(never)
  private func drawCurrent(_ member: Int) {
    lock.lock()
    let body = body
    let count = pieces
    lock.unlock()
    if let body { draw(body, count, member) }
  }
}
