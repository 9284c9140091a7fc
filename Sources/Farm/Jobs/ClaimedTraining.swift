import Files
package import Foundation
package import Specifications
package import Vocabulary

/// A training that a worker has claimed.
package struct ClaimedTraining: Sendable {
  package let handle: JobHandle
  package let worker: Int64
  /// This attempt's number, from 1. Attempts that returned the job do not count.
  package let attempt: Int
  package let leaseExpires: Date
  /// The specification as it was enqueued.
  let specification: String

  /// The training's plan with absolute paths.
  ///
  /// - Parameter home: the data folder, against which relative paths are resolved.
  /// - Throws: ``BatchSpecError`` if another version of this program enqueued a specification that this one cannot
  ///   read.
  package func plan(home: String) throws(BatchSpecError) -> TrainingPlan {
    let label = "batch \(handle.batch)"
    let spec = try BatchSpec(parsing: specification, named: label)
    guard var plan = spec.training else { throw BatchSpecError("does not describe a training", file: label) }
    plan.settings.seed = spec.seed
    return plan.relative(to: home)
  }
}
