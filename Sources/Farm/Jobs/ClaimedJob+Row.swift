import Postgres
import Vocabulary

extension ClaimedJob {
  init(_ row: PostgresRow, worker: Int64) throws {
    let acceptance =
      try row.optionalString("accept") == nil ? nil : JSONColumn.decode(Acceptance.self, row, "accept")
    let rejected = try row.ints("rejected").reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let tries = acceptance?.tries ?? 1
    let missing = try row.ints("missing")
    self.init(
      handle: try JobHandle(row),
      batchSeed: try row.uint64("seed"),
      specSHA256: try row.bytes("spec_digest"),
      worker: worker,
      attempt: try row.int("attempt"),
      maxAttempts: try row.int("max_attempts"),
      firstIndex: try row.int("first_index"),
      count: try row.int("count"),
      missing: missing.filter { rejected[$0, default: 0] < tries },
      subject: try row.subject(),
      settings: try row.settings(),
      model: ClaimedModel(
        name: try row.string("model"), folder: try row.string("folder"),
        variant: try row.optionalString("variant"), digest: try row.string("model_digest")),
      classifiers: try row.optionalString("classifiers_folder").map {
        AddedFile(path: $0, sha256: try row.string("classifiers"))
      },
      leaseExpires: try row.date("lease_expires_at"),
      acceptance: acceptance,
      rejected: rejected,
      exhausted: missing.filter { rejected[$0, default: 0] >= tries },
      batchImages: try row.int("batch_images")
    )
  }
}

extension JobHandle {
  init(_ row: PostgresRow) throws {
    self.init(
      batch: try row.int64("batch_id"), job: try row.int64("id"), token: try row.int64("token"),
      claim: try row.int64("claim"))
  }
}
