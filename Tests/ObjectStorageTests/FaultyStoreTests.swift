import Files
import Foundation
import ObjectStorage
import TestSupport
import Testing

/// What a client does on a line that cuts, slows and refuses, with a real server behind it.
@Suite struct FaultyStoreTests {
  private static let bytes = [UInt8](repeating: 7, count: 200_000)
  private static let slowDown = answer(
    "503 Slow Down", "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")

  private static func answer(_ status: String, _ body: String, length: Int? = nil) -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/xml\r\nContent-Length: \(length ?? body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n\(body)"
  }

  private static func with(_ body: (FaultyLine, S3Client) throws -> Void) throws {
    let line = try FaultyLine(to: try ObjectServer.shared().port)
    let client = try S3ClientTests.client(endpoint: line.endpoint)
    try client.put(bytes, as: "a")
    try body(line, client)
  }

  @Test func cutAnswersAreAskedForAgain() throws {
    try Self.with { (line, client) throws in
      // In the middle of the body, and in the middle of the headers.
      for limit in [100_000, 40] {
        line.set(.cut(after: limit), connections: 2)
        let before = line.connections
        #expect(try client.get("a", atMost: 1 << 20) == Self.bytes)
        #expect(line.connections - before >= 3)
      }
      // A request whose answer is lost may have been carried out: it is harmless to send it again.
      line.set(.cut(after: 10), connections: 2)
      try client.put(Self.bytes, as: "b")
      #expect(try client.get("b", atMost: 1 << 20) == Self.bytes)
    }
  }

  @Test func aBodyShorterThanAnnouncedIsNotTaken() throws {
    try Self.with { (line, client) throws in
      line.set(.answer(Self.answer("200 OK", "short", length: 200_000)), connections: 1)
      #expect(try client.get("a", atMost: 1 << 20) == Self.bytes)
    }
  }

  @Test func anOverloadedStoreIsAskedAgainLater() throws {
    try Self.with { (line, client) throws in
      line.set(.answer(Self.slowDown), connections: 3)
      try client.put(Self.bytes, as: "b")
      #expect(try client.get("b", atMost: 1 << 20) == Self.bytes)
    }
  }

  @Test func aSlowStoreIsWaitedFor() throws {
    try Self.with { (line, client) throws in
      line.set(.slow(400_000))
      let start = ContinuousClock.now
      #expect(try client.get("a", atMost: 1 << 20) == Self.bytes)
      #expect(ContinuousClock.now - start > .milliseconds(300))
    }
  }

  @Test(arguments: [FaultyLine.Fault.away, .answer(slowDown)])
  func aStoreThatStaysAwayIsReportedWhenPatienceEnds(fault: FaultyLine.Fault) throws {
    let line = try FaultyLine(to: try ObjectServer.shared().port)
    let client = try S3ClientTests.client(endpoint: line.endpoint, patience: .seconds(1))
    line.set(fault)
    let start = ContinuousClock.now
    #expect { try client.put([1], as: "a") } throws: { ($0 as? ObjectStorageError)?.code == .away }
    #expect(ContinuousClock.now - start < .seconds(5))
    line.set(.none)
    try client.put([1], as: "a")
  }

  @Test func requestsInFlightAreBounded() async throws {
    let server = try ObjectServer.shared()
    let line = try FaultyLine(to: server.port)
    let client = try S3Client(
      S3Address(ObjectServer.newAddress()), S3Options(endpoint: line.endpoint, parallelism: 3),
      environment: ObjectServer.environment)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<12 {
        group.addTask { try await BlockingExecutor.run { try client.put([UInt8(index)], as: "\(index)") } }
      }
      try await group.waitForAll()
    }
    #expect(try client.list("").objects.count == 12)
    // Not the connections: a client may open one anew, also while the line still holds the one that was given up.
    #expect((1...3).contains(line.mostRequests))
  }
}
