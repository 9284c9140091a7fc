import Farm
import Foundation
import Postgres
import TestSupport

/// A farm whose roles are set up, with login roles of its own: two producers, two workers, a reader and an admin.
///
/// Roles belong to the server, so each test has a prefix of its own.
struct RoleFixture: Sendable {
  let farm: FarmFixture
  let names: RoleNames

  enum Login: String, CaseIterable, Sendable {
    case anna, bert
    case worker1, worker2
    case reader, admin, owner

    var role: FarmRole {
      switch self {
      case .anna, .bert: .producer
      case .worker1, .worker2: .worker
      case .reader: .reader
      case .admin: .admin
      case .owner: .owner
      }
    }
  }

  static func with(_ body: @Sendable (RoleFixture) async throws -> Void) async throws {
    try await FarmFixture.with { farm in
      let names = try RoleNames(prefix: "t\(UInt32.random(in: 0...UInt32.max))_")
      let fixture = RoleFixture(farm: farm, names: names)
      try await fixture.setUp()
      for login in Login.allCases {
        try await farm.run(
          "CREATE ROLE \(identifier: fixture.name(login)) LOGIN IN ROLE \(identifier: names.name(login.role))")
      }
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(fixture))
      } catch {
        result = .failure(error)
      }
      _ = try await farm.database.setUpRoles(names, revoke: true) { _ in }
      for login in Login.allCases {
        try await farm.run("DROP OWNED BY \(identifier: fixture.name(login))")
        try await farm.run("DROP ROLE \(identifier: fixture.name(login))")
      }
      try result.get()
    }
  }

  func setUp() async throws {
    _ = try await farm.database.setUpRoles(names) { _ in }
  }

  func name(_ login: Login) -> String { "\(names.prefix)login_\(login.rawValue)" }

  /// A session of a login.
  func session<T: Sendable>(
    _ login: Login, _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    let connection = try await PostgresConnection.connect(farm.database.configuration)
    try await connection.query("SET SESSION AUTHORIZATION \(identifier: name(login))")
    let result: Result<T, any Error>
    do {
      result = .success(try await body(connection))
    } catch {
      result = .failure(error)
    }
    await connection.close()
    return try result.get()
  }

  /// The SQLSTATE with which a login is refused, or the number of rows that it changed; nothing is kept.
  func tries(_ login: Login, _ sql: SQL) async throws -> Attempt {
    try await session(login) { connection in
      do {
        return try await connection.transaction { connection -> Attempt in
          throw Attempt.changed(try await connection.query(sql).affectedRows)
        }
      } catch let attempt as Attempt {
        return attempt
      } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
        return .denied
      }
    }
  }

  enum Attempt: Error, Equatable {
    case denied
    case changed(Int)
  }
}
