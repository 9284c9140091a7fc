import Glibc

/// The error of a system call: its `errno`.
package struct SystemError: Error, Hashable, CustomStringConvertible {
  package let number: Int32

  package init(_ number: Int32 = errno) { self.number = number }

  /// Whether the volume or the user's quota is full.
  package var isFull: Bool { number == ENOSPC || number == EDQUOT }

  /// The system's own text, such as "No such file or directory".
  package var description: String { String(cString: strerror(number)) }
}
