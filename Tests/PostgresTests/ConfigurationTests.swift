import Postgres
import Testing

/// Connection strings and what their descriptions reveal.
@Suite struct ConfigurationTests {
  @Test func urlsAndKeywordsAreRead() throws {
    for text in [
      "postgresql://ann:s%40cret@localhost:5433/farm?application_name=x",
      "postgres://ann:s%40cret@localhost:5433/farm",
      "host=localhost port=5433 user=ann password='s@cret' dbname=farm",
    ] {
      let configuration = try PostgresConfiguration(url: text)
      #expect(configuration.host == "localhost")
      #expect(configuration.port == 5433)
      #expect(configuration.user == "ann")
      #expect(configuration.database == "farm")
      #expect(configuration.with(database: "other").database == "other")
      let shown = [
        "\(configuration)", String(reflecting: configuration), configuration.redacted, dumped(configuration),
      ]
      for shown in shown {
        #expect(!shown.contains("s@cret") && !shown.contains("s%40cret"))
      }
    }
    let socket = try PostgresConfiguration(url: "postgresql:///farm?host=/run/postgresql&user=ann")
    #expect(socket.redacted == "postgresql://ann@/farm?host=/run/postgresql&port=5432")
  }

  @Test func invalidConnectionStringsAreRefusedWithoutShowingThePassword() {
    for text in [
      "", "  ", "nonsense", "postgresql://ann:hunter2%zz@localhost/farm", "postgresql://ann:hunter2@[::1/farm",
      "host=localhost password='hunter2", "host=localhost colour=hunter2", "service=hunter2",
      "postgresql://localhost/farm?hunter2",
    ] {
      let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: text) }
      #expect(error?.code == .invalidConfiguration)
      #expect(error?.description.contains("hunter2") == false, "\(text)")
    }
  }

  @Test func aRemoteServerMustBeVerified() throws {
    for host in ["db.example.com", "10.0.0.7", "localhost,db.example.com", "127.example.com", "2001:db8::1"] {
      let error = #expect(throws: PostgresError.self) {
        try PostgresConfiguration(url: "host=\(host) password=hunter2 sslmode=require")
      }
      #expect(error?.code == .insecureConnection)
      #expect(error?.description.contains("verify-full") == true)
      _ = try PostgresConfiguration(url: "host=\(host) sslmode=verify-full")
      _ = try PostgresConfiguration(url: "host=\(host)", allowInsecure: true)
    }
    #expect(throws: PostgresError.self) { try PostgresConfiguration(url: "host=localhost hostaddr=10.0.0.7") }
    for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "/run/postgresql"] {
      _ = try PostgresConfiguration(url: "host=\(host)")
    }
  }

  private func dumped(_ value: Any) -> String {
    var text = ""
    dump(value, to: &text)
    return text
  }
}
