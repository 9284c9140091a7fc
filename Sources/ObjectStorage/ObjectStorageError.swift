package import Files

/// Why an object store did not do what was asked, and what to do next. The message has no line break and no secret.
package typealias ObjectStorageError = Failure<ObjectStorageErrorCode>

package enum ObjectStorageErrorCode: String, Hashable, Sendable, CustomStringConvertible {
  /// The store cannot be reached, is overloaded or fails for now: the same request may succeed later.
  case away
  /// The credentials are missing, wrong or lack a permission.
  case refused
  /// This machine's clock and the store's differ by more than the store accepts.
  case clock
  /// There is no such bucket, or it is in another region.
  case noBucket
  /// The bytes that arrived are not those that the store announced.
  case damaged
  /// An address, endpoint or certificate file is wrong.
  case badSettings
  /// The store answered with something that this program does not understand.
  case unexpected

  package var description: String { rawValue }
}
