package import Foundation
import Postgres

/// What an operator asked of a worker that is alive.
package struct WorkerRequest: Codable, Hashable, Sendable {
  package enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
    /// Claim nothing until the request is taken back; a job in hand is finished.
    case pause
    /// Finish the images in hand, return the rest and leave.
    case drain
  }

  package let kind: Kind
  package let at: Date
  /// The database role that asked.
  package let by: String

  /// - Parameter row: of `workers`.
  /// - Returns: nil if nothing was asked.
  init?(_ row: PostgresRow) throws {
    guard try row.optionalString("request") != nil else { return nil }
    kind = try row.state("request")
    at = try row.date("requested_at")
    by = try row.string("requested_by")
  }

  package init(_ kind: Kind, at: Date, by: String) {
    self.kind = kind
    self.at = at
    self.by = by
  }

  /// For the worker's note in the registry.
  package var note: String {
    switch kind {
    case .pause: "paused by \(by)"
    case .drain: "asked by \(by) to drain"
    }
  }
}

/// What the farm says to a worker that reports.
package struct WorkerOrders: Hashable, Sendable {
  /// Whether the worker is suspended because of its host.
  package let isSuspended: Bool
  package let request: WorkerRequest?

  /// - Parameter row: of `workers`.
  init(_ row: PostgresRow) throws {
    isSuspended = try row.optionalDate("suspended_at") != nil
    request = try WorkerRequest(row)
  }
}

/// What an operator tells workers to do.
package enum WorkerDirection: String, CaseIterable, Hashable, Sendable {
  case pause, drain
  /// Ends a pause and a suspension.
  case resume
}

/// The workers that an operator means.
package enum WorkerSelection: Hashable, Sendable {
  case workers([Int64])
  /// All that are alive on a host, by the name with which they registered.
  case host(String)
  /// All that are alive.
  case all
}
