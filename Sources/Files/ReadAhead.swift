import Dispatch
import Synchronization

/// Loads elements on other threads while the caller uses earlier ones.
package enum ReadAhead {
  private final class Slot<Value: Sendable>: Sendable {
    private let isDone = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<Value, any Error>?>(nil)

    init(_ load: @escaping @Sendable () throws -> Value) {
      // A separate queue always gets a thread, even while all others are blocked.
      DispatchQueue(label: "emofarm.ahead").async { [self] in
        let loaded = Result { try load() }
        result.withLock { $0 = loaded }
        isDone.signal()
      }
    }

    func wait() -> Result<Value, any Error>? {
      isDone.wait()
      return result.withLock { $0 }
    }
  }

  /// Loads at most `width` elements at the same time and passes the results on in order, on the caller's thread, which
  /// may block. With a width of 1 everything happens on this thread.
  ///
  /// If `body` throws, loads that have begun are completed first, and their results dropped.
  package static func forEach<Element: Sendable, Value: Sendable>(
    _ elements: [Element], width: Int, _ load: @escaping @Sendable (Element) throws -> Value,
    _ body: (Element, Result<Value, any Error>) throws -> Void
  ) throws {
    guard width > 1, elements.count > 1 else {
      for element in elements { try body(element, Result { try load(element) }) }
      return
    }
    // The loads under way, by position; a result is released as soon as it is passed on.
    var slots: [Int: Slot<Value>] = [:]
    var begun = 0
    defer { for slot in slots.values { _ = slot.wait() } }
    func begin(before end: Int) {
      while begun < min(elements.count, end) {
        let ahead = elements[begun]
        slots[begun] = Slot { try load(ahead) }
        begun += 1
      }
    }
    begin(before: width)
    for (position, element) in elements.enumerated() {
      guard let result = slots.removeValue(forKey: position)?.wait() else { return }
      // As many as before go on while this one is used.
      begin(before: position + 1 + width)
      try body(element, result)
    }
  }
}
