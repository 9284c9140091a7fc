import Foundation
import Synchronization

/// A fixed team of threads that run the pieces of one operation at a time.
///
/// The calling thread is a member of the team, so a team of one has no threads of its own. The other members are
/// separate threads, so that long operations do not block Swift's cooperative pool. The thread that runs a piece is
/// arbitrary, and no result may depend on it.
///
/// `@unchecked Sendable`: the mutable fields are accessed only while `lock` is held, or by the caller that holds
/// `turn`.
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

  /// Number of times that a member polls for new work before it sleeps. Operations follow each other within
  /// microseconds, and this polling takes about as long as waking a thread.
  private static let spins = 100_000

  init(size: Int) {
    self.size = max(1, size)
    for member in 1..<max(1, self.size) {
      // Each thread retains the team even while it waits; only `close` ends the thread.
      let thread = Thread { [self] in
        var seen = 0
        while let now = wait(after: seen) { seen = now; work(member) }
      }
      thread.name = "emofarm-compute-\(member)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Ends the team's threads after the current work.
  func close() {
    lock.lock()
    closed = true
    lock.broadcast()
    lock.unlock()
  }

  /// Runs `body` for every piece in `0..<count` and returns when all are done.
  func run(_ count: Int, _ body: (_ piece: Int, _ member: Int) -> Void) {
    // One caller at a time, even without other members: all callers use the scratch memory of member 0.
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

  /// Waits for new work and returns its generation; nil if the team is closed. Work that has begun takes precedence
  /// over closing, because ``run(_:_:)`` waits for every member.
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

  /// Never inlined, so that its reference to `body` is released before the member reports that it has finished: when
  /// `run` returns, no other thread may hold the closure.
  @inline(never)
  private func drawCurrent(_ member: Int) {
    lock.lock()
    let body = body
    let count = pieces
    lock.unlock()
    if let body { draw(body, count, member) }
  }
}
