extension PostgresError {
  /// The kind of a ``PostgresError``; codes may be added.
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Base: String {
      case server, connectionFailed, connectionLost, connectionClosed, commitUnknown, transactionAborted
      case transactionInProgress, invalidParameter, decoding, unexpectedRows, unexpectedResult
      case invalidConfiguration, insecureConnection, poolClosed
      case migrationDrift, migrationUnknown, migrationPending, databaseNewer, serverVersion, cluster
    }

    private let base: Base

    private init(_ base: Base) {
      self.base = base
    }

    package var description: String { base.rawValue }

    /// The server rejected the statement; see the SQLSTATE.
    package static let server = Code(.server)
    /// Connecting failed: unreachable server, wrong password, unknown database, ….
    package static let connectionFailed = Code(.connectionFailed)
    /// The connection broke during a statement. It is unknown whether a statement outside a transaction took effect.
    package static let connectionLost = Code(.connectionLost)
    /// The connection was closed before the statement was sent.
    package static let connectionClosed = Code(.connectionClosed)
    /// The connection broke during COMMIT. Read the data again to determine whether the transaction took effect.
    package static let commitUnknown = Code(.commitUnknown)
    /// The server answered COMMIT with ROLLBACK, because an error in the transaction was ignored.
    package static let transactionAborted = Code(.transactionAborted)
    /// A transaction was begun on a connection that already has one.
    package static let transactionInProgress = Code(.transactionInProgress)
    /// PostgreSQL cannot represent a value.
    package static let invalidParameter = Code(.invalidParameter)
    /// A column is missing, NULL or not of the requested type.
    package static let decoding = Code(.decoding)
    /// A statement returned an unexpected number of rows.
    package static let unexpectedRows = Code(.unexpectedRows)
    /// A statement returned a result that its method does not support, such as COPY data.
    package static let unexpectedResult = Code(.unexpectedResult)
    /// A connection string is invalid.
    package static let invalidConfiguration = Code(.invalidConfiguration)
    /// The server is remote and its certificate is not verified.
    package static let insecureConnection = Code(.insecureConnection)
    /// The pool has been closed.
    package static let poolClosed = Code(.poolClosed)
    /// The migrations applied to the database differ from those of the program.
    package static let migrationDrift = Code(.migrationDrift)
    /// The program does not contain the requested version.
    package static let migrationUnknown = Code(.migrationUnknown)
    /// The database lacks migrations that this program needs.
    package static let migrationPending = Code(.migrationPending)
    /// The database has migrations that this program does not know.
    package static let databaseNewer = Code(.databaseNewer)
    /// The server is of a version that this program cannot work with.
    package static let serverVersion = Code(.serverVersion)
    /// The embedded server could not be set up, started or stopped.
    package static let cluster = Code(.cluster)
  }
}
