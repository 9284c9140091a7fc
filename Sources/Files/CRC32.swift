import CZlib

/// The checksum of PNG chunks and zip entries (ISO 3309, polynomial 0xEDB88320 reflected), as zlib computes it.
package enum CRC32 {
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    // If the pointer is nil, zlib returns its initial value whatever the length.
    guard let start = bytes.baseAddress else { return 0 }
    return UInt32(truncatingIfNeeded: crc32_z(0, start.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
