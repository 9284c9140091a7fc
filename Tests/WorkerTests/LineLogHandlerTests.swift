import Farm
import Foundation
import Logging
import Synchronization
import Testing
import Worker

@Suite struct LineLogHandlerTests {
  /// The lines that a handler writes.
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])

    func logger(_ format: LogFormat) -> Logger {
      Logger(label: "test") { _ in
        LineLogHandler(format: format) { line in self.all.withLock { $0.append(line) } }
      }
    }

    /// The lines without their time stamps' digits.
    var timeless: [String] {
      all.withLock { $0 }.map { $0.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "TIME") }
    }
  }

  @Test func aHumanLineHasItsFieldsInOrder() {
    let lines = Lines()
    var logger = lines.logger(.human)
    logger[metadataKey: "worker"] = "3"
    logger.info("job claimed", metadata: ["job": "7", "batch": "1"])
    logger.error("it broke", metadata: ["error": "two words\nand a line"])
    #expect(
      lines.timeless == [
        "TIME info job claimed batch=1 job=7 worker=3",
        #"TIME error it broke error="two words\nand a line" worker=3"#,
      ])
  }

  @Test func aJSONLineIsJSON() throws {
    let lines = Lines()
    lines.logger(.json).warning("a \"quoted\" thing", metadata: ["path": "/a\\b\u{1}", "level": "taken"])
    let line = try #require(lines.timeless.first)
    #expect(line == #"{"at":"TIME","level":"warning","message":"a \"quoted\" thing","path":"/a\\b\u0001"}"#)
    let parsed = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    #expect(parsed["path"] == "/a\\b\u{1}")
  }

  @Test func debugLinesStayAway() {
    let lines = Lines()
    lines.logger(.human).debug("details")
    #expect(lines.timeless.isEmpty)
  }
}
