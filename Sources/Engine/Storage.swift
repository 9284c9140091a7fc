import Synchronization

/// A block of floats on a 64-byte boundary. Blocks come from a free list and go back to it, so that a loop
/// which asks for the same sizes again and again allocates only in its first round.
///
/// Thread safety is the owner's: a block is written by the operation that made it and read-only afterwards.
/// `@unchecked Sendable` because the pointer is fixed for life and writes happen before the block is shared.
package final class Storage: @unchecked Sendable {
  @usableFromInline let pointer: UnsafeMutablePointer<Float>
  package let count: Int
  private let capacity: Int

  init(count: Int) {
    self.count = count
    (pointer, capacity) = StoragePool.take(count)
  }

  deinit { StoragePool.give(pointer, capacity) }
}

/// Blocks that nobody uses at the moment, by capacity.
package enum StoragePool {
  /// `UnsafeMutablePointer` is not `Sendable`; a pooled block has exactly one holder, the list.
  private struct Block: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
  }

  private static let free = Mutex<[Int: [Block]]>([:])

  /// Capacities are multiples of 16 floats below 4 KiB and of an eighth of their power of two above, so that
  /// a freed block fits requests of nearly its size.
  static func capacity(for count: Int) -> Int {
    let wanted = max(count, 16)
    let power = Int.bitWidth - (wanted - 1).leadingZeroBitCount
    let step = max(16, (1 << power) / 8)
    return (wanted + step - 1) / step * step
  }

  /// A block for `count` floats, with its capacity.
  static func take(_ count: Int) -> (pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    let wanted = capacity(for: count)
    let found = free.withLock { lists -> (UnsafeMutablePointer<Float>, Int)? in
      if let block = lists[wanted]?.popLast() { return (block.pointer, wanted) }
      guard LargePages.suit(wanted) else { return nil }
      // Rather a block up to twice as large than more memory.
      let larger = lists.filter { !$1.isEmpty && (wanted...2 * wanted).contains($0) }.keys.min()
      return larger.flatMap { size in lists[size]?.popLast().map { ($0.pointer, size) } }
    }
    if let found { return found }
    let block =
      LargePages.suit(wanted)
      ? LargePages.map(wanted * 4, using: count * 4) : .allocate(byteCount: wanted * 4, alignment: 64)
    return (block.bindMemory(to: Float.self, capacity: wanted), wanted)
  }

  static func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let block = Block(pointer: pointer)
    free.withLock { $0[capacity, default: []].append(block) }
  }

  /// Gives all unused blocks back to the system.
  package static func trim() {
    let unused = free.withLock { lists in
      defer { lists = [:] }
      return lists
    }
    for (capacity, blocks) in unused {
      for block in blocks {
        let start = UnsafeMutableRawPointer(block.pointer)
        if LargePages.suit(capacity) { LargePages.unmap(start, capacity * 4) } else { start.deallocate() }
      }
    }
  }
}
