import Crypto
import Files
import Foundation

/// A file that is written in several goes: what an earlier process wrote counts.
final class GrowingFile {
  private let path: String
  private let descriptor: Int32
  private var hash = SHA256()
  private(set) var bytes: Int64 = 0

  /// Opens the file and reads what it has; one that is larger than `limit` begins again.
  init(_ path: String, atMost limit: Int64) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path, "cannot be opened") }
    while true {
      let part: [UInt8]
      do throws(SystemError) {
        part = try Descriptor.read(from: descriptor, expecting: 8 << 20, atMost: 8 << 20)
      } catch {
        throw FileError(path, "cannot be read", error)
      }
      guard !part.isEmpty else { break }
      hash.update(data: part)
      bytes += Int64(part.count)
    }
    guard bytes > limit else { return }
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path, "cannot be emptied")
    }
    (hash, bytes) = (SHA256(), 0)
  }

  deinit { Foundation.close(descriptor) }

  func append(_ part: [UInt8]) throws(FileError) {
    do throws(SystemError) {
      try Descriptor.write(part, to: descriptor)
    } catch {
      throw FileError(path, "cannot be written", error)
    }
    hash.update(data: part)
    bytes += Int64(part.count)
  }

  /// Makes the bytes durable; returns the SHA-256 of all of them in hexadecimal.
  func finish() throws(FileError) -> String {
    guard fsync(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
    return Hex.encode(hash.finalize())
  }
}
