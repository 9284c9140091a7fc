import Farm
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Users share the claims by weight, however many batches each has.
@Suite struct ShareTests {
  @discardableResult
  private static func enqueue(
    _ user: String, _ farm: FarmFixture, batches: Int = 1, jobs: Int, priority: Int = 0
  ) async throws -> [Int64] {
    var ids: [Int64] = []
    for _ in 0..<batches {
      let spec = BatchSpec(
        name: user, priority: priority, chunk: 1, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: jobs)])
      let plan = try spec.plan(defaults: farm.model.defaults, multiple: farm.model.multiple)
      ids.append(try await farm.batches.enqueue(plan, model: farm.model, user: user).id)
    }
    return ids
  }

  /// The number of claimed jobs by user.
  private static func claimed(_ farm: FarmFixture) async throws -> [String: Int] {
    let rows = try await farm.run(
      """
      SELECT b.user_name, count(*) AS jobs FROM attempts a JOIN batches b ON b.id = a.batch_id GROUP BY b.user_name
      """)
    return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.string("user_name"), try $0.int("jobs")) })
  }

  /// The bound that `users_by_share` states, with room for claims that come in between.
  private static let bound = 8

  @Test func weightsDecideAndTheNumberOfBatchesDoesNot() async throws {
    try await FarmFixture.with { farm in
      let sharing = farm.database.sharing
      try await Self.enqueue("anna", farm, batches: 10, jobs: 40)
      try await Self.enqueue("bert", farm, jobs: 400)
      try await sharing.setUser("bert", weight: 2)
      // One worker, one job at a time: no job runs when the next is claimed.
      for _ in 0..<300 {
        let job = try await farm.claimOne()
        _ = try await farm.jobs.release(job.handle, .drained)
      }
      let first = try await Self.claimed(farm)
      #expect(
        abs((first["anna"] ?? 0) - 100) <= Self.bound && abs((first["bert"] ?? 0) - 200) <= Self.bound, "\(first)")
      // A third user takes part at once, and owes nothing for having been away.
      try await Self.enqueue("cora", farm, batches: 2, jobs: 200)
      try await sharing.setUser("cora", weight: 3)
      for _ in 0..<300 { _ = try await farm.claimOne() }
      let second = try await Self.claimed(farm).merging(first) { $0 - $1 }
      for (user, share) in [("anna", 50), ("bert", 100), ("cora", 150)] {
        #expect(abs((second[user] ?? 0) - share) <= Self.bound, "\(second)")
      }
      // Anna's ten batches share what she gets.
      let batches = try await farm.run(
        """
        SELECT count(j.id) AS jobs FROM batches b JOIN jobs j ON j.batch_id = b.id AND j.state = 'running'
        WHERE b.user_name = 'anna' GROUP BY b.id
        """)
      let counts = try batches.map { try $0.int("jobs") }
      #expect(counts.count == 10 && (counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func sharesHoldUnderConcurrentClaims() async throws {
    try await FarmFixture.with { farm in
      try await farm.database.sharing.setUser("bert", weight: 2)
      try await Self.enqueue("anna", farm, batches: 3, jobs: 200)
      try await Self.enqueue("bert", farm, jobs: 600)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          let worker = try await farm.register()
          group.addTask {
            for _ in 0..<50 { try await farm.finish(try await farm.claimOne(worker)) }
          }
        }
        try await group.waitForAll()
      }
      let claimed = try await Self.claimed(farm)
      #expect(abs((claimed["anna"] ?? 0) - 133) <= 2 * Self.bound, "\(claimed)")
      #expect((claimed["anna"] ?? 0) + (claimed["bert"] ?? 0) == 400)
    }
  }

  @Test func aPriorityGoesBeforeEveryWeightAndIdleSharesGoToTheOthers() async throws {
    try await FarmFixture.with { farm in
      try await farm.database.sharing.setUser("anna", weight: 1000)
      try await Self.enqueue("anna", farm, jobs: 5)
      try await Self.enqueue("bert", farm, jobs: 3, priority: 1)
      try await Self.enqueue("cora", farm, jobs: 2, priority: 1)
      var order: [String] = []
      for _ in 0..<10 {
        let batch = try await farm.claimOne().handle.batch
        order.append(try await farm.batches.status(batch).user)
      }
      #expect(order.prefix(5).sorted() == ["bert", "bert", "bert", "cora", "cora"])
      #expect(order.suffix(5).allSatisfy { $0 == "anna" })
      #expect(try await farm.claim().isEmpty)
    }
  }
}
