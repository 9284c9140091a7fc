import Postgres
import TestSupport

extension CommandFarm {
  /// Gives the images of a batch measurements, as if its classifiers had made them: image k of the batch has its emotion's
  /// probability k % 10 / 10 + 0.05, and the rest belongs to fear.
  func measured(batch: Int64 = 1) async throws {
    try await query(
      "UPDATE batches SET classifiers = repeat('c', 64), classifiers_folder = '/classifiers' WHERE id = \(batch)")
    try await query(
      """
      INSERT INTO measurements (batch_id, idx, cell, phash, emotion, emotions, asked, embedding)
      SELECT batch_id, idx, cell, idx, CASE WHEN p > 0.5 THEN 1 ELSE 6 END, ARRAY[0, p, 0, 0, 0, 0, 1 - p, 0]::real[],
        p::real, '\\x0000'
      FROM (SELECT *, idx % 10 / 10.0 + 0.05 AS p FROM images WHERE batch_id = \(batch)) i
      """)
  }

  /// Makes a batch one that rejects images, with a rejected first try of each of its first images.
  func rejected(batch: Int64 = 1, images: Int) async throws {
    try await query(
      """
      UPDATE batches SET tries = 3, accept =
        '{"decodes": false, "not_blank": false, "emotion_probability": 0.5, "no_duplicate": 0.95, "tries": 3, "on_shortage": "fail"}'
      WHERE id = \(batch)
      """)
    try await query(
      """
      INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
        actual_steps, engine, seconds, criterion, value)
      SELECT batch_id, idx, 0, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps, engine,
        seconds, CASE WHEN idx % 2 = 0 THEN 'emotion_probability' ELSE 'no_duplicate' END, 0.25
      FROM images WHERE batch_id = \(batch) AND idx < \(images)
      """)
  }
}
