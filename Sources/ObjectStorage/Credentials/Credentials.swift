package import Foundation

/// What requests are signed with. A description never contains the secret or the token.
package struct Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package let accessKey: String
  let secretKey: String
  let sessionToken: String?
  /// When temporary credentials end; nil for those that do not.
  package let expiration: Date?

  package init(accessKey: String, secretKey: String, sessionToken: String? = nil, expiration: Date? = nil) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.expiration = expiration
  }

  package var description: String { "credentials" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
