package import Foundation

/// A file found in the store's folders.
package struct StoredFile: Hashable, Sendable {
  /// nil for a temporary file left by an interrupted write.
  package let sha256: String?
  package let path: String
  package let bytes: Int64
  /// When the file was written, or last renewed by a worker that produced the same bytes again.
  package let modified: Date
}
