import Postgres

/// The statements on `tallies`: what the counters of batches and cells do not contain yet.
///
/// A completion adds a row instead of waiting for the batch's row. Counters plus tallies are exact in every snapshot,
/// because a job is done in the same commit as its tally appears, and a tally is removed in the same commit as the
/// counters grow.
enum TallySQL {
  /// The totals of the batch `b`, for a lateral join.
  static let ofBatch: SQL = """
    SELECT coalesce(sum(jobs_done), 0)::integer AS jobs_done, coalesce(sum(images), 0)::integer AS images
    FROM tallies WHERE batch_id = b.id
    """

  /// CTEs that move the batch's tallies into the counters of its cells; `folded` has their totals, which the caller adds
  /// to the counters of the batch. Runs under the lock of the batch.
  ///
  /// - Parameter own: further rows `cell, jobs_done, images` that are added up with the tallies, from CTEs before these.
  static func folding(_ batch: Int64, and own: SQL) -> SQL {
    """
    gone AS (
      DELETE FROM tallies WHERE batch_id = \(batch) RETURNING cell, jobs_done, images
    ), parts AS (
      SELECT * FROM gone UNION ALL \(own)
    ), folded AS (
      SELECT coalesce(sum(jobs_done), 0)::integer AS jobs_done, coalesce(sum(images), 0)::integer AS images FROM parts
    ), counted AS (
      UPDATE cells SET images_done = images_done + part.images
      FROM (SELECT cell, sum(images)::integer AS images FROM parts GROUP BY cell) part
      WHERE cells.batch_id = \(batch) AND cells.ordinal = part.cell AND part.images <> 0
    )
    """
  }

  /// Moves the batch's tallies into the counters of its cells; runs under the lock of the batch.
  static func fold(_ batch: Int64) -> SQL {
    """
    WITH \(folding(batch, and: "SELECT 0, 0, 0 WHERE false"))
    SELECT jobs_done AS folded_jobs, images AS folded_images FROM folded
    """
  }

  /// Batches with tallies: first those whose jobs are all closed, then others, at random, so that each has its turn.
  static func batches(limit: Int) -> SQL {
    """
    SELECT t.batch_id FROM (SELECT batch_id, sum(jobs_done) AS jobs_done FROM tallies GROUP BY batch_id) t
      LEFT JOIN batches b ON b.id = t.batch_id
    ORDER BY b.jobs_done + b.jobs_failed + b.jobs_cancelled + t.jobs_done < b.jobs, random() LIMIT \(limit)
    """
  }
}

/// What was moved from tallies into a batch's counters.
struct Fold: Sendable {
  let jobs: Int
  let images: Int

  private init(jobs: Int, images: Int) {
    self.jobs = jobs
    self.images = images
  }

  func adding(_ other: Fold) -> Fold { Fold(jobs: jobs + other.jobs, images: images + other.images) }

  init(_ row: PostgresRow) throws {
    jobs = try row.int("folded_jobs")
    images = try row.int("folded_images")
  }
}
