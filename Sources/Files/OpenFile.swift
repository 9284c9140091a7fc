import Glibc

/// A file opened once, whose parts are read by any thread.
package final class OpenFile: Sendable {
  private let path: String
  private let descriptor: Int32
  package let bytes: Int64

  package init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      bytes = 0
      throw FileError(path, "cannot be examined")
    }
    bytes = Int64(status.st_size)
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(.unsuitable, file: path, "is not a file") }
  }

  deinit { close(descriptor) }

  /// - Throws: also if the file ends before the range does.
  package func read(_ range: Range<Int64>) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let answer = Descriptor.uninterrupted {
          pread(descriptor, buffer.baseAddress.map { $0 + count }, range.count - count, off_t(range.lowerBound) + count)
        }
        guard answer > 0 else {
          failure =
            answer < 0
            ? FileError(path, "cannot be read") : FileError(.unsuitable, file: path, "became shorter while it was read")
          return
        }
        count += answer
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
