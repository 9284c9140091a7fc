/// Memory of each thread for intermediate values.
///
/// `@unchecked Sendable`: each slot is used only by its own thread. The slots are raw memory, because threads write to
/// theirs concurrently.
final class ScratchMemory: @unchecked Sendable {
  private let slots: UnsafeMutablePointer<Storage?>
  private let threads: Int

  init(threads: Int) {
    self.threads = threads
    slots = .allocate(capacity: threads)
    slots.initialize(repeating: nil, count: threads)
  }

  deinit {
    slots.deinitialize(count: threads)
    slots.deallocate()
  }

  /// Memory of thread `member`: at least `count` floats with unspecified content.
  func block(_ member: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let block = slots[member], block.count >= count { return block.pointer }
    let block = Storage(count: count)
    slots[member] = block
    return block.pointer
  }
}
