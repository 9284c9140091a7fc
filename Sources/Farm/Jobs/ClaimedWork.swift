import Postgres

/// The result of a claim.
package enum ClaimedWork: Sendable {
  case images(ClaimedJob)
  case training(ClaimedTraining)

  package var handle: JobHandle {
    switch self {
    case .images(let job): job.handle
    case .training(let job): job.handle
    }
  }

  init(_ row: PostgresRow, worker: Int64) throws {
    if let specification = try row.optionalString("training") {
      self = .training(
        ClaimedTraining(
          handle: try JobHandle(row), worker: worker, attempt: try row.int("attempt"),
          leaseExpires: try row.date("lease_expires_at"), specification: specification))
    } else {
      self = .images(try ClaimedJob(row, worker: worker))
    }
  }
}
