/// Bytes by digest, up to a total size; those that were not used for longest go first.
struct ThumbnailCache {
  private let limit: Int
  private var entries: [String: (bytes: [UInt8], used: UInt64)] = [:]
  private(set) var size = 0
  private var clock: UInt64 = 0

  init(limit: Int) {
    self.limit = limit
  }

  mutating func bytes(_ key: String) -> [UInt8]? {
    clock += 1
    entries[key]?.used = clock
    return entries[key]?.bytes
  }

  mutating func insert(_ key: String, _ bytes: [UInt8]) {
    clock += 1
    size += bytes.count - (entries[key]?.bytes.count ?? 0)
    entries[key] = (bytes, clock)
    guard size > limit else { return }
    // A quarter at once, so that sorting is rare.
    for (key, entry) in entries.sorted(by: { $0.value.used < $1.value.used }) where size > limit / 4 * 3 {
      entries[key] = nil
      size -= entry.bytes.count
    }
  }
}
