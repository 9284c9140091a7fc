import Synchronization

/// A block of floats aligned to 64 bytes. Blocks are taken from a pool and returned to it, so a loop that needs the
/// same sizes in each iteration allocates only in the first one.
///
/// `@unchecked Sendable`: the pointer never changes, and a block is written only by the operation that created it,
/// before it is shared.
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

/// Unused blocks, by capacity.
package enum StoragePool {
  /// `@unchecked Sendable`: only the pool holds the pointer of a pooled block.
  private struct Block: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
  }

  private static let free = Mutex<[Int: [Block]]>([:])

  /// Rounds up to a multiple of an eighth of the next power of two, at least of 16 floats, so that a freed block fits
  /// requests of similar sizes.
  static func capacity(for count: Int) -> Int {
    let wanted = max(count, 16)
    let power = Int.bitWidth - (wanted - 1).leadingZeroBitCount
    let step = max(16, (1 << power) / 8)
    return (wanted + step - 1) / step * step
  }

  /// Returns a block for `count` floats and its capacity.
  static func take(_ count: Int) -> (pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    let wanted = capacity(for: count)
    let found = free.withLock { lists -> (UnsafeMutablePointer<Float>, Int)? in
      if let block = lists[wanted]?.popLast() { return (block.pointer, wanted) }
      guard LargePages.suit(wanted) else { return nil }
      // A block of up to twice the size is better than more memory.
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

  /// Returns all unused blocks to the system.
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
