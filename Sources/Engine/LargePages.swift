#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Memory straight from the system, in pages of 2 MiB where it has them: touched five times as soon as in pages of 4 KiB, and
/// given back as soon as nobody uses it.
enum LargePages {
  private static let size = 1 << 21

  /// Whether a block of so many floats is one that a page more or less is a small part of.
  static func suit(_ capacity: Int) -> Bool { capacity * 4 >= 4 * size }

  /// Maps `bytes`, of which the first `used` will be touched: what they do not fill of a large page stays small.
  static func map(_ bytes: Int, using used: Int) -> UnsafeMutableRawPointer {
    let wanted = rounded(bytes)
    guard let start = mmap(nil, wanted + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { preconditionFailure("no memory for \(bytes) bytes") }
    let before = rounded(Int(bitPattern: start)) - Int(bitPattern: start)
    if before > 0 { munmap(start, before) }
    let block = start + before
    munmap(block + wanted, size - before)
    #if canImport(Glibc)
      // Advice that the system cannot take does no harm.
      madvise(block, used / size * size, Int32(MADV_HUGEPAGE))
    #endif
    return block
  }

  static func unmap(_ block: UnsafeMutableRawPointer, _ bytes: Int) { munmap(block, rounded(bytes)) }

  private static func rounded(_ bytes: Int) -> Int { (bytes + size - 1) / size * size }
}
