package import Foundation
import Specifications
package import Vocabulary

/// An image job that a worker has claimed.
package struct ClaimedJob: Sendable {
  package let handle: JobHandle
  package let batchSeed: UInt64
  /// The digest of the batch's specification.
  package let specSHA256: [UInt8]
  package let worker: Int64
  /// This attempt's number, from 1. Attempts that returned the job do not count.
  package let attempt: Int
  package let maxAttempts: Int
  /// The first batch index of the job's range.
  package let firstIndex: Int
  package let count: Int
  /// The batch indices of the range that have no image yet and may have one, ascending. Empty if only the completion was
  /// lost.
  package let missing: [Int]
  package let subject: Subject
  package let settings: RenderSettings
  package let model: ClaimedModel
  /// The folder of classifiers that measure its images, with the digest of what they read there; nil for none.
  package let classifiers: AddedFile?
  package let leaseExpires: Date
  /// What an image must be to count; nil for anything.
  package let acceptance: Acceptance?
  /// The number of rejected images of each slot that has some.
  package let rejected: [Int: Int]
  /// The slots whose every try was rejected.
  package let exhausted: [Int]
  /// The number of slots of the batch.
  package let batchImages: Int

  /// Which of its slot's tries the next image with a batch index is, from 0.
  package func trial(of index: Int) -> Int { rejected[index] ?? 0 }

  /// The seed of the next image with a batch index: each try of a slot takes the one that follows those of the whole batch
  /// before it.
  package func seed(of index: Int) -> UInt64 {
    ImageSeed.of(index + trial(of: index) * batchImages, startingAt: batchSeed)
  }

  /// The model that the batch was enqueued with.
  package struct ClaimedModel: Hashable, Sendable {
    package let name: String
    package let folder: String
    /// Which weights of the folder the model is registered with; nil for the usual ones.
    package let variant: String?
    /// The required digest of the folder: the one registered when the batch was enqueued.
    package let digest: String
  }
}
