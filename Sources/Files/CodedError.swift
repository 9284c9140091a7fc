/// An error with a code for programs and a message for users.
package protocol CodedError: Error, CustomStringConvertible {
  associatedtype Code: Hashable & Sendable

  var code: Code { get }
  /// What was wrong and what to do about it, without the place.
  var message: String { get }
  /// The error that led to this one.
  var underlying: (any Error)? { get }
}

/// The code of errors that differ only in their message.
package protocol SoleErrorCode: Hashable, Sendable {
  static var sole: Self { get }
}
