import Files
import Postgres
import Vocabulary

/// Who gets how many of the workers: users with weights and caps, hosts with caps.
package struct Sharing: Sendable {
  let pool: PostgresPool

  /// Users who have open batches or of whom something is set, by name.
  package func users() async throws -> [UserShare] {
    try await pool.withConnection { try await $0.query(CapSQL.users).map { try UserShare($0) } }
  }

  /// Sets a user's weight and cap. Running jobs are not interrupted.
  ///
  /// - Parameter weight: nil keeps it.
  /// - Throws: ``FarmError`` (`refused`) that says what is accepted.
  package func setUser(_ name: String, weight: Double? = nil, cap: CapChange = .keep) async throws {
    try check(name, "the user's name")
    if let weight { try Self.check(weight, in: Limits.weight, "the weight") }
    if let value = cap.value { try Self.check(value, in: Limits.cap, "the cap") }
    var detail = ["user": name]
    detail["weight"] = weight.map { "\($0)" }
    if cap != .keep { detail["cap"] = cap.value.map { "\($0)" } ?? "none" }
    try await change(CapSQL.setUser(name, weight: weight, cap: cap), "user.set", detail)
  }

  /// Hosts that have workers or a cap, by the name with which their workers register.
  package func hosts() async throws -> [HostShare] {
    try await pool.withConnection { try await $0.query(CapSQL.hosts).map { try HostShare($0) } }
  }

  /// Sets how many jobs may run on a host at once; nil for any number. Running jobs are not interrupted.
  package func setHost(_ name: String, cap: Int?) async throws {
    try check(name, "the host's name")
    if let cap { try Self.check(cap, in: Limits.cap, "the cap") }
    let statement = cap.map { CapSQL.setHost(name, cap: $0) } ?? CapSQL.removeHost(name)
    try await change(statement, "host.set", ["host": name, "cap": cap.map { "\($0)" } ?? "none"])
  }

  private func change(_ statement: SQL, _ event: String, _ detail: [String: String]) async throws {
    try await pool.transaction(retries: 3) { connection in
      try await connection.query(statement)
      try await connection.query(EventSQL.append(.info, event, detail: detail))
    }
    // Workers that had found nothing may find something now; they also poll.
    _ = try? await pool.withConnection { try await $0.query("SELECT pg_notify(\(FarmChannel.work.rawValue), '')") }
  }

  private func check(_ name: String, _ what: String) throws(FarmError) {
    do {
      try SettingError.check(text: name, what, limit: Limits.nameLength, empty: false)
    } catch {
      throw FarmError(.refused, error.description)
    }
  }

  private static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ what: String
  ) throws(FarmError) {
    do {
      try SettingError.check(value, in: range, what)
    } catch {
      throw FarmError(.refused, error.description)
    }
  }
}

/// What becomes of a cap.
package enum CapChange: Hashable, Sendable {
  case keep
  /// nil for any number of running jobs.
  case set(Int?)

  var value: Int? {
    if case .set(let value) = self { value } else { nil }
  }
}

/// A user's part of the farm.
package struct UserShare: Codable, Hashable, Sendable {
  package let name: String
  /// Users share the workers in the proportion of their weights, within a priority.
  package let weight: Double
  /// The most jobs that may run at once; nil for any number.
  package let cap: Int?
  package let openBatches: Int
  package let runningJobs: Int

  init(_ row: PostgresRow) throws {
    name = try row.string("name")
    weight = try row.double("weight")
    cap = try row.optionalInt("cap")
    openBatches = try row.int("open_batches")
    runningJobs = try row.int("running_jobs")
  }
}

/// A host's part in the farm.
package struct HostShare: Codable, Hashable, Sendable {
  package let name: String
  /// The most jobs that may run on it at once; nil for one a worker.
  package let cap: Int?
  /// Workers that are alive.
  package let workers: Int
  package let runningJobs: Int

  init(_ row: PostgresRow) throws {
    name = try row.string("name")
    cap = try row.optionalInt("cap")
    workers = try row.int("workers")
    runningJobs = try row.int("running_jobs")
  }
}
