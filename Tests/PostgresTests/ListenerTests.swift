import Postgres
import TestSupport
import Testing

/// Notifications wake readers, and a lost connection is reported.
@Suite struct ListenerTests {
  @Test func notificationsArriveAndALostConnectionIsReestablished() async throws {
    try await withConnection { connection in
      let listener = PostgresListener(connection.configuration, channels: ["jobs", "odd \"name"])
      var events = listener.events().makeAsyncIterator()
      #expect(await events.next() == .connected)
      try await connection.query("SELECT pg_notify('jobs', 'one')")
      #expect(await events.next() == .notification(.init(channel: "jobs", payload: "one")))
      try await connection.query("SELECT pg_notify('odd \"name', '')")
      #expect(await events.next() == .notification(.init(channel: "odd \"name", payload: "")))
      try await connection.query(
        """
        SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
        """)
      #expect(await events.next() == .reconnected)
      try await connection.query("SELECT pg_notify('jobs', 'two')")
      #expect(await events.next() == .notification(.init(channel: "jobs", payload: "two")))
    }
  }

  @Test func theConnectionIsClosedWhenTheReaderStops() async throws {
    try await withConnection { connection in
      let task = Task {
        for await event in PostgresListener(connection.configuration, channels: ["jobs"]).events() {
          #expect(event == .connected)
        }
      }
      let listening: SQL = """
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
        """
      try await waitUntil(connection, "SELECT count(*) = 1 \(listening)")
      task.cancel()
      await task.value
      try await waitUntil(connection, "SELECT count(*) = 0 \(listening)")
    }
  }
}
