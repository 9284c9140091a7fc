import Postgres
import Testing

/// Decides which statements are prepared; needs no connection.
@Suite struct StatementCacheTests {
  @Test func theSecondUsePreparesAndLaterOnesExecute() {
    var cache = StatementCache(capacity: 2, prefix: "emofarm")
    #expect(cache.use("a") == .once)
    #expect(cache.use("a") == .prepare(name: "emofarm_1", evicted: nil))
    #expect(cache.use("a") == .execute(name: "emofarm_1"))
    cache.forget("a")
    #expect(cache.use("a") == .once)
    #expect(cache.use("a") == .prepare(name: "emofarm_2", evicted: nil))
  }

  @Test func theLeastRecentlyUsedStatementIsEvictedAndDeallocated() {
    var cache = StatementCache(capacity: 2, prefix: "emofarm")
    for _ in 0..<2 { _ = cache.use("a") }
    for _ in 0..<2 { _ = cache.use("b") }
    _ = cache.use("a")
    #expect(cache.use("c") == .once)
    #expect(cache.use("c") == .prepare(name: "emofarm_3", evicted: "emofarm_2"))
    #expect(cache.use("a") == .execute(name: "emofarm_1"))
    #expect(cache.use("b") == .once)
  }

  /// Two connections never use one name for two statements, whatever server process a pooler gives them.
  @Test func namesDifferBetweenConnections() {
    func name() -> String? {
      var cache = StatementCache()
      _ = cache.use("a")
      guard case .prepare(let name, _) = cache.use("a") else { return nil }
      return name
    }
    #expect(Set((0..<100).compactMap { _ in name() }).count == 100)
  }
}
