import Glibc

/// Why a file or folder could not be read or written; `underlying` is the ``SystemError`` if a system call failed.
package typealias FileError = Failure<FileErrorCode>

package enum FileErrorCode: Hashable, Sendable {
  /// There is no such file or folder.
  case missing
  /// The volume or the user's quota is full.
  case full
  /// It is of the wrong kind, such as a folder instead of a file, or too large.
  case unsuitable
  /// A system call failed for another reason.
  case system
}

extension FileError {
  /// The error of a system call on a file: `FILE: cannot be written (No space left on device): …`.
  ///
  /// - Parameter what: The failed action, such as "cannot be written".
  package init(_ path: String, _ what: String, _ reason: SystemError = SystemError()) {
    let code: FileErrorCode =
      switch reason.number {
      case ENOENT: .missing
      case _ where reason.isFull: .full
      default: .system
      }
    let advice = reason.isFull ? ": make room on its volume and try again" : ""
    self.init(code, file: path, "\(what) (\(reason))\(advice)", underlying: reason)
  }
}
