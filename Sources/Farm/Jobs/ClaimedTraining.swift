package import Foundation
package import Specifications
package import Vocabulary

/// A training in a worker's hands.
package struct ClaimedTraining: Sendable {
  package let handle: JobHandle
  package let worker: Int64
  /// This attempt's number from 1; attempts that were given back do not count.
  package let attempt: Int
  package let leaseExpires: Date
  /// As it was enqueued.
  let specification: String

  /// What to train, its folders and files absolute.
  ///
  /// - Parameter home: the data folder, which relative ones are taken from.
  /// - Throws: ``BatchSpecError`` where another version of this program enqueued something that this one cannot read.
  package func plan(home: String) throws(BatchSpecError) -> TrainingPlan {
    let label = "batch \(handle.batch)"
    let spec = try BatchSpec(parsing: specification, named: label)
    guard var plan = spec.training else { throw BatchSpecError("is no training", file: label) }
    plan.settings.seed = spec.seed
    return plan.relative(to: home)
  }
}
