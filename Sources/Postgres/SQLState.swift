/// A five-character SQLSTATE (PostgreSQL documentation, appendix A).
package struct SQLState: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  package let rawValue: String

  package init(rawValue: String) {
    self.rawValue = rawValue
  }

  package init(stringLiteral value: String) {
    rawValue = value
  }

  package static let uniqueViolation: SQLState = "23505"
  package static let checkViolation: SQLState = "23514"
  package static let notNullViolation: SQLState = "23502"
  package static let serializationFailure: SQLState = "40001"
  package static let deadlockDetected: SQLState = "40P01"
  package static let lockNotAvailable: SQLState = "55P03"
  package static let queryCanceled: SQLState = "57014"
  package static let adminShutdown: SQLState = "57P01"
  package static let crashShutdown: SQLState = "57P02"
  package static let cannotConnectNow: SQLState = "57P03"
  package static let tooManyConnections: SQLState = "53300"
  package static let diskFull: SQLState = "53100"
  package static let invalidPassword: SQLState = "28P01"
  package static let invalidAuthorization: SQLState = "28000"
  package static let unknownDatabase: SQLState = "3D000"
  package static let duplicateDatabase: SQLState = "42P04"
  package static let undefinedTable: SQLState = "42P01"
  package static let insufficientPrivilege: SQLState = "42501"
  package static let syntaxError: SQLState = "42601"
  package static let featureNotSupported: SQLState = "0A000"

  /// Whether the server is temporarily unavailable or out of connections, so that a later attempt may succeed.
  var meansServerUnavailable: Bool {
    condition == .away || self == .tooManyConnections
  }
}
