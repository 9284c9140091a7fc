/// Memory that each thread keeps for its own intermediate values.
///
/// `@unchecked Sendable`: a slot is touched by its thread only; raw memory, because threads write their own slots at
/// the same time.
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

  /// At least `count` floats of the thread `member`, with unspecified content.
  func block(_ member: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let block = slots[member], block.count >= count { return block.pointer }
    let block = Storage(count: count)
    slots[member] = block
    return block.pointer
  }
}
