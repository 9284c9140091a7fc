import Farm
import Files
package import Scoring
import Synchronization

/// The classifiers that stay loaded between jobs: those of the last batch that measured its images.
package final class ClassifierCache: Sendable {
  private let current = Mutex<(digest: String, classifiers: ImageClassifiers)?>(nil)

  package init() {}

  /// The classifiers whose files have a digest. Blocks while they load.
  ///
  /// - Parameters:
  ///   - load: finds and reads them.
  /// - Throws: what `load` throws.
  package func classifiers(_ digest: String, load: () throws -> ImageClassifiers) throws -> ImageClassifiers {
    if let known = current.withLock({ $0 }), known.digest == digest { return known.classifiers }
    // Memory holds one set at a time.
    current.withLock { $0 = nil }
    let classifiers = try load()
    current.withLock { $0 = (digest, classifiers) }
    return classifiers
  }
}
