extension PostgresError {
  /// The kind of a ``PostgresError``; more may be added.
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Base: String {
      case server, connectionFailed, connectionLost, connectionClosed, commitUnknown, transactionAborted
      case transactionInProgress, invalidParameter, decoding, unexpectedRows, unexpectedResult
      case invalidConfiguration, insecureConnection, poolClosed
      case migrationDrift, migrationUnknown, migrationPending, databaseNewer, cluster
    }

    private let base: Base

    private init(_ base: Base) {
      self.base = base
    }

    package var description: String { base.rawValue }

    /// The server refused the statement: see the SQLSTATE.
    package static let server = Code(.server)
    /// No connection could be made: not reachable, wrong password, no such database, ….
    package static let connectionFailed = Code(.connectionFailed)
    /// The connection broke during a statement. Outside a transaction it may or may not have taken effect.
    package static let connectionLost = Code(.connectionLost)
    /// The connection had been closed before the statement was sent.
    package static let connectionClosed = Code(.connectionClosed)
    /// The connection broke during COMMIT: read again to learn whether the transaction took effect.
    package static let commitUnknown = Code(.commitUnknown)
    /// COMMIT was answered with ROLLBACK, because an error in the transaction had been ignored.
    package static let transactionAborted = Code(.transactionAborted)
    /// A transaction was begun on a connection that is already in one.
    package static let transactionInProgress = Code(.transactionInProgress)
    /// A value that PostgreSQL cannot hold.
    package static let invalidParameter = Code(.invalidParameter)
    /// A column is missing, NULL or of another type than asked for.
    package static let decoding = Code(.decoding)
    /// Another number of rows than asked for.
    package static let unexpectedRows = Code(.unexpectedRows)
    /// The statement answered with something its method cannot take, such as COPY data.
    package static let unexpectedResult = Code(.unexpectedResult)
    /// A connection string that cannot be read.
    package static let invalidConfiguration = Code(.invalidConfiguration)
    /// A server off this machine without a verified certificate.
    package static let insecureConnection = Code(.insecureConnection)
    /// The pool has been closed.
    package static let poolClosed = Code(.poolClosed)
    /// What is applied in the database is not what the program carries.
    package static let migrationDrift = Code(.migrationDrift)
    /// A version was asked for that the program does not carry.
    package static let migrationUnknown = Code(.migrationUnknown)
    /// The database lacks migrations that this program needs.
    package static let migrationPending = Code(.migrationPending)
    /// The database has migrations that this program does not know.
    package static let databaseNewer = Code(.databaseNewer)
    /// The embedded server could not be set up, started or stopped.
    package static let cluster = Code(.cluster)
  }
}
