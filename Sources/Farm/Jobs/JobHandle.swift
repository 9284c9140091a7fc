/// A worker's claim on a job. Nothing of the job can be changed without its token and number.
package struct JobHandle: Hashable, Sendable, CustomStringConvertible {
  package let batch: Int64
  package let job: Int64
  /// The fencing token, which every claim increments.
  package let token: Int64
  /// The claim's random number. A database that was restored from a backup issues the same ids and tokens again, but not
  /// the same number.
  package let claim: Int64

  package init(batch: Int64, job: Int64, token: Int64, claim: Int64) {
    self.batch = batch
    self.job = job
    self.token = token
    self.claim = claim
  }

  package var description: String { "job \(job) of batch \(batch), token \(token)" }
}
