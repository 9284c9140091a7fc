/// A worker's claim on a job: without this very token nothing of the job can be changed.
package struct JobHandle: Hashable, Sendable, CustomStringConvertible {
  package let batch: Int64
  package let job: Int64
  /// The fencing token, raised by every claim.
  package let token: Int64

  package init(batch: Int64, job: Int64, token: Int64) {
    self.batch = batch
    self.job = job
    self.token = token
  }

  package var description: String { "job \(job) of batch \(batch), token \(token)" }
}
