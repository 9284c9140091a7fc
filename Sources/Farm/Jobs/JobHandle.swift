/// A worker's claim on a job. Nothing of the job can be changed without the token.
package struct JobHandle: Hashable, Sendable, CustomStringConvertible {
  package let batch: Int64
  package let job: Int64
  /// The fencing token, which every claim increments.
  package let token: Int64

  package init(batch: Int64, job: Int64, token: Int64) {
    self.batch = batch
    self.job = job
    self.token = token
  }

  package var description: String { "job \(job) of batch \(batch), token \(token)" }
}
