import Files
import Synchronization
import Testing

struct ReadAheadTests {
  private struct Stop: Error {}

  @Test(arguments: [1, 3]) func resultsComeInOrderAndFewAreLoadedAtOnce(width: Int) throws {
    let loading = Mutex((now: 0, most: 0))
    var seen: [Int] = []
    try ReadAhead.forEach(Array(0..<200), width: width) { element in
      loading.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      defer { loading.withLock { $0.now -= 1 } }
      if element == 7 { throw Stop() }
      return 2 * element
    } _: { element, result in
      if element == 7 {
        #expect(throws: Stop.self) { try result.get() }
      } else {
        #expect((try? result.get()) == 2 * element)
      }
      seen.append(element)
    }
    #expect(seen == Array(0..<200))
    #expect(loading.withLock { $0.most } <= width)
  }

  /// As many as the width, whether an earlier one is waited for or used.
  @Test func loadsGoOnWhileAResultIsUsed() throws {
    let begun = Atomic(0)
    try ReadAhead.forEach(Array(0..<20), width: 2) { _ in
      begun.add(1, ordering: .relaxed)
    } _: { element, _ in
      let deadline = ContinuousClock.now + .seconds(20)
      while begun.load(ordering: .relaxed) < min(20, element + 3), .now < deadline {}
      #expect(begun.load(ordering: .relaxed) >= min(20, element + 3))
    }
  }

  @Test func whatHasBegunIsCompletedBeforeAnErrorIsThrown() throws {
    let loading = Atomic(0)
    #expect(throws: Stop.self) {
      try ReadAhead.forEach(Array(0..<20), width: 4) { _ in
        loading.add(1, ordering: .relaxed)
        let end = ContinuousClock.now + .milliseconds(5)
        while .now < end {}
        loading.subtract(1, ordering: .relaxed)
      } _: { element, _ in
        if element == 5 { throw Stop() }
      }
    }
    #expect(loading.load(ordering: .relaxed) == 0)
  }
}
