import Crypto
import Files
import Foundation
import Synchronization

/// A regular file mapped read-only into memory; it is unmapped when the last reference is released.
///
/// If another process truncates the file while it is mapped, the next access kills this process. Therefore model files
/// are replaced by rename, never rewritten in place.
/// `@unchecked Sendable` because the mapping never changes and is never written.
final class MappedFile: @unchecked Sendable {
  let path: String
  private let bytes: UnsafeRawBufferPointer
  private let digest = Mutex<String?>(nil)

  /// - Throws: `CheckpointError`: `missingFile` or `unreadable`.
  init(path: String) throws {
    self.path = path
    // O_NONBLOCK: opening a pipe would otherwise wait for a writer, although only regular files are mapped.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = SystemError()
      guard reason.number == ENOENT || reason.number == ENOTDIR else {
        throw CheckpointError(
          .unreadable, file: path, "cannot be opened (\(reason)): check its permissions")
      }
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
      throw CheckpointError(
        .missingFile, file: path,
        target.map {
          "is a link to '\($0)', which does not exist: a cache may have lost it, or a copy took the links without their "
            + "files; get the file again"
        } ?? "there is no such file")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError(.unreadable, file: path, "cannot be examined: \(SystemError())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(
        .unreadable, file: path,
        status.st_mode & S_IFMT == S_IFDIR
          ? "is a folder, where a file is needed: give the path of a file in it" : "is not a regular file")
    }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let size = Int(status.st_size)
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw CheckpointError(.unreadable, file: path, "cannot be mapped into memory: \(SystemError())")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  var count: Int { bytes.count }

  /// Runs `body` with the file's bytes, which are valid only until it returns.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  /// Releases the pages that lie entirely in a range from this process's memory; a later access loads them again.
  func release(_ range: Range<Int>) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound == bytes.count ? range.upperBound : range.upperBound / page * page
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
  }

  /// The SHA-256 of the whole file in lower-case hexadecimal, computed once.
  func sha256() -> String {
    digest.withLock { digest in
      if let digest { return digest }
      let computed = computedDigest()
      digest = computed
      return computed
    }
  }

  private func computedDigest() -> String {
    Hex.encode(
      withBytes { bytes in
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: Self.digestChunk) {
          let range = start..<min(start + Self.digestChunk, bytes.count)
          if let base = bytes.baseAddress {
            madvise(UnsafeMutableRawPointer(mutating: base + start), range.count, MADV_WILLNEED)
          }
          hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
          release(range)
        }
        return hash.finalize()
      })
  }

  /// Bytes that are digested before their pages are released; a multiple of the page size.
  private static let digestChunk = 1 << 26
}
