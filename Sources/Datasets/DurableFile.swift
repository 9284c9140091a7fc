import Glibc

/// A file that appears under its name only when it is whole and on disk: written beside it, synced, renamed.
final class DurableFile {
  /// What the name of a file that is not whole yet ends with; it starts with a point.
  static let suffix = ".part"

  private let path: String
  private let temporary: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Opens `folder/name` for writing.
  init(_ name: String, in folder: String) throws {
    path = "\(folder)/\(name)"
    temporary = "\(folder)/.\(name)\(Self.suffix)"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileSystem.failure("write", path) }
  }

  deinit {
    // Not committed: nothing is left behind.
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  func write(_ bytes: some Sequence<UInt8>) throws {
    buffer += bytes
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Makes the file whole and durable; its name in the folder becomes durable when the folder is synced.
  func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 else { throw FileSystem.failure("write", path) }
    let file = descriptor
    descriptor = -1
    guard close(file) == 0, rename(temporary, path) == 0 else {
      let error = FileSystem.failure("write", path)
      unlink(temporary)
      throw error
    }
  }

  private func flush() throws {
    var done = 0
    while done < buffer.count {
      let step = buffer.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw FileSystem.failure("write", path) }
      done += step
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
