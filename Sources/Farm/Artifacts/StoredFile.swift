package import Foundation

/// A file found in the store's folders.
package struct StoredFile: Hashable, Sendable {
  /// Nil for a temporary file that an interrupted write left.
  package let sha256: String?
  package let path: String
  package let bytes: Int64
  /// When it was written, or last asked for by a worker that made the same bytes again.
  package let modified: Date
}
