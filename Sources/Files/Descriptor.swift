import Glibc

/// Calls on open file descriptors, repeated if a signal interrupts them.
package enum Descriptor {
  /// Repeats a system call while a signal interrupts it; a result of -1 is another failure, with its reason in `errno`.
  package static func uninterrupted<Answer: SignedInteger>(_ call: () -> Answer) -> Answer {
    while true {
      let answer = call()
      if answer != -1 || errno != EINTR { return answer }
    }
  }

  /// Writes all bytes.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = uninterrupted { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      // A device that accepts no bytes is full.
      guard count > 0 else { throw SystemError(count == 0 ? ENOSPC : errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    let failure = bytes.withUnsafeBytes { buffer -> SystemError? in
      do throws(SystemError) {
        try write(buffer, to: descriptor)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Reads up to `limit` bytes or to the end, whichever comes first.
  ///
  /// - Parameter expected: The probable number of bytes.
  package static func read(
    from descriptor: Int32, expecting expected: Int = 0, atMost limit: Int = .max
  ) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = max(expected, 4096)
    while bytes.count < limit {
      let wanted = min(room, limit - bytes.count)
      var failure: SystemError?
      var isAtEnd = false
      let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        while count < wanted, !isAtEnd {
          let answer = uninterrupted { Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, wanted - count) }
          if answer < 0 { failure = SystemError() }
          isAtEnd = answer <= 0
          count += max(0, answer)
        }
      }
      if let failure { throw failure }
      if bytes.isEmpty { bytes = part } else { bytes += part }
      if isAtEnd { break }
      // The expected bytes have been read, so the next read most often finds the end.
      room = bytes.count == expected ? 4096 : max(room, bytes.count)
    }
    return bytes
  }
}
