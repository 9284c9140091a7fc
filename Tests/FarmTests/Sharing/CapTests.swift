import Farm
import Files
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Caps of running jobs, of users and on hosts.
@Suite struct CapTests {
  private static func enqueue(_ user: String, _ farm: FarmFixture, jobs: Int, priority: Int = 0) async throws -> Int64 {
    let spec = BatchSpec(
      name: user, priority: priority, chunk: 1, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: jobs)])
    let plan = try spec.plan(defaults: farm.model.defaults, multiple: farm.model.multiple)
    return try await farm.batches.enqueue(plan, model: farm.model, user: user).id
  }

  private static func worker(_ host: String, _ farm: FarmFixture) async throws -> WorkerKey {
    try await farm.database.workers.register(host: host, pid: 1, engine: FarmFixture.engine, version: "0", threads: 1)
  }

  @Test func aUserAtTheCapGetsNoMoreUntilAJobEnds() async throws {
    try await FarmFixture.with { farm in
      let sharing = farm.database.sharing
      let capped = try await Self.enqueue("anna", farm, jobs: 8, priority: 1)
      let other = try await Self.enqueue("bert", farm, jobs: 1)
      try await sharing.setUser("anna", cap: .set(2))
      let jobs = try await farm.claim(limit: 5)
      #expect(jobs.map(\.handle.batch) == [capped, capped, other])
      let next = try await farm.jobs.next(for: farm.worker)
      #expect(next.at == nil && next.cap?.hasPrefix("anna: as many jobs run") == true)
      try await farm.finish(jobs[0])
      #expect(try await farm.claimOne().handle.batch == capped)
      #expect(try await farm.claim().isEmpty)
      #expect(
        try await sharing.users().map { [$0.cap ?? -1, $0.openBatches, $0.runningJobs] } == [[2, 1, 2], [-1, 1, 1]])
      // A cap below what runs interrupts nothing.
      try await sharing.setUser("anna", cap: .set(0))
      #expect(try await farm.claim().isEmpty)
      try await sharing.setUser("anna", cap: .set(nil))
      #expect(try await farm.claim(limit: 9).count == 5)
      #expect(try await farm.breaches() == [])
      #expect(try await farm.database.events.recent().count { $0.kind == "user.set" } == 3)
    }
  }

  @Test func aHostAtItsCapClaimsNothingAndSaysWhy() async throws {
    try await FarmFixture.with { farm in
      let sharing = farm.database.sharing
      _ = try await Self.enqueue("anna", farm, jobs: 6)
      try await sharing.setHost("forge", cap: 1)
      let (first, second) = (try await Self.worker("forge", farm), try await Self.worker("forge", farm))
      let job = try await farm.claimOne(first)
      #expect(try await farm.claim(second).isEmpty)
      #expect(try await farm.jobs.next(for: second).cap?.hasPrefix("the host 'forge' runs as many jobs") == true)
      #expect(try await farm.claim(Self.worker("anvil", farm)).count == 1)
      #expect(
        try await sharing.hosts().map { [$0.cap ?? -1, $0.workers, $0.runningJobs] } == [
          [-1, 1, 1], [1, 2, 1], [-1, 1, 0],
        ])
      try await farm.finish(job)
      _ = try await farm.claimOne(second)
      try await sharing.setHost("forge", cap: nil)
      _ = try await farm.claimOne(first)
      #expect(try await farm.breaches() == [])
    }
  }

  /// Eight claimers at once, some of them on one host; the running jobs of the capped user and host are counted in the
  /// database after each claim.
  @Test func capsHoldExactlyUnderConcurrentClaims() async throws {
    try await FarmFixture.with { farm in
      try await farm.database.sharing.setUser("anna", cap: .set(3))
      try await farm.database.sharing.setHost("forge", cap: 2)
      let batches = [
        try await Self.enqueue("anna", farm, jobs: 60), try await Self.enqueue("anna", farm, jobs: 60),
        try await Self.enqueue("bert", farm, jobs: 120),
      ]
      let most = try await withThrowingTaskGroup(of: (user: Int, host: Int).self) { group in
        for number in 0..<8 {
          let worker = try await Self.worker(number < 5 ? "forge" : "anvil-\(number)", farm)
          group.addTask { try await Self.work(worker, farm) }
        }
        return try await group.reduce(into: (user: 0, host: 0)) { most, seen in
          most = (max(most.user, seen.user), max(most.host, seen.host))
        }
      }
      // Reached, and never exceeded.
      #expect(most.user == 3)
      #expect(most.host == 2)
      for batch in batches { #expect(try await farm.batches.status(batch).state == .done) }
      #expect(try await farm.breaches() == [])
    }
  }

  /// Claims and finishes jobs until none is left.
  ///
  /// - Returns: the most running jobs of the capped user and on the capped host that it saw.
  private static func work(_ worker: WorkerKey, _ farm: FarmFixture) async throws -> (user: Int, host: Int) {
    var most = (user: 0, host: 0)
    while true {
      guard let job = try await farm.claim(worker).first else {
        let next = try await farm.jobs.next(for: worker)
        guard next.cap != nil || next.at != nil else { return most }
        continue
      }
      let seen = try await running(farm)
      most = (max(most.user, seen.user), max(most.host, seen.host))
      try await farm.finish(job)
    }
  }

  private static func running(_ farm: FarmFixture) async throws -> (user: Int, host: Int) {
    let row = try await farm.run(
      """
      SELECT count(*) FILTER (WHERE b.user_name = 'anna') AS users, count(*) FILTER (WHERE w.host = 'forge') AS hosts
      FROM jobs j JOIN batches b ON b.id = j.batch_id JOIN workers w ON w.id = j.worker_id WHERE j.state = 'running'
      """
    ).only()
    return (try row.int("users"), try row.int("hosts"))
  }

  @Test func wrongValuesAreRefused() async throws {
    try await FarmFixture.with { farm in
      let sharing = farm.database.sharing
      await #expect { try await sharing.setUser("", weight: 1) } throws: {
        "\($0)".contains("the user's name is empty")
      }
      for weight in [0, -1, 1001, .nan, .infinity] {
        await #expect { try await sharing.setUser("a", weight: weight) } throws: {
          "\($0)".contains("must be from 0.001 to 1000.0")
        }
      }
      await #expect(throws: FarmError.self) { try await sharing.setUser("a", cap: .set(-1)) }
      await #expect(throws: FarmError.self) { try await sharing.setHost("a", cap: -1) }
      let users = try await sharing.users()
      #expect(users.isEmpty)
    }
  }

  @Test func aBatchBelongsToTheRoleUnlessAUserIsNamed() async throws {
    try await FarmFixture.with { farm in
      let own = try await farm.enqueue(count: 4)
      let given = try await Self.enqueue("anna", farm, jobs: 1)
      #expect(try await farm.batches.status(own).user == farm.database.configuration.user)
      #expect(try await farm.batches.status(given).user == "anna")
    }
  }
}
