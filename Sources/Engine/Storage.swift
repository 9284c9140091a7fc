import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A block of floats on a 64-byte boundary. Blocks come from a free list and go back to it, so that a loop
/// which asks for the same sizes again and again allocates only in its first round.
///
/// Thread safety is the owner's: a block is written by the operation that made it and read-only afterwards.
/// `@unchecked Sendable` because the pointer is fixed for life and writes happen before the block is shared.
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int
  private let capacity: Int

  package init(count: Int) {
    self.count = count
    capacity = StoragePool.capacity(for: count)
    pointer = StoragePool.take(capacity)
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

  static func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    if let block = free.withLock({ $0[capacity]?.popLast() }) { return block.pointer }
    let isLarge = capacity * 4 >= Self.largeBlock
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: capacity * 4, alignment: isLarge ? Self.hugePage : 64)
    #if canImport(Glibc)
      // Memory that comes in large pages is there five times as soon; advice that the system cannot take does no harm.
      if isLarge { madvise(block, capacity * 4, Int32(MADV_HUGEPAGE)) }
    #endif
    return block.bindMemory(to: Float.self, capacity: capacity)
  }

  private static let hugePage = 1 << 21
  /// Bytes of which a large page that is not full is a small part.
  private static let largeBlock = 4 * hugePage

  static func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let block = Block(pointer: pointer)
    free.withLock { $0[capacity, default: []].append(block) }
  }

  /// Gives all unused blocks back to the system.
  package static func trim() {
    let blocks = free.withLock { lists in
      defer { lists = [:] }
      return lists.values.flatMap { $0 }
    }
    for block in blocks { UnsafeMutableRawPointer(block.pointer).deallocate() }
  }
}
