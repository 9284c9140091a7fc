import Farm
import Files
import Scoring
package import Specifications
import Vocabulary

extension BatchSpec {
  /// The same specification with the absolute path and the digest of the classifiers that measure its images.
  ///
  /// - Parameters:
  ///   - folder: where relative paths start.
  ///   - onFile: called after each file is read; throwing stops.
  /// - Throws: `MetricsError` if a classifier without which nothing can be measured is missing, `InputError` if the digest
  ///   is known and the files have another one.
  package func withClassifiers(in folder: SpecificationFolder, onFile: () throws -> Void = {}) throws -> BatchSpec {
    guard let measure else { return self }
    let path = folder.resolved(measure.path)
    try ImageClassifiers.check(path, needsContent: acceptance?.content != nil)
    let digest = try FileList(folder: path, parts: ImageClassifiers.parts, onFile: onFile).digest
    if let known = measure.sha256, known != digest {
      throw InputError(
        "measure: the classifiers in \(path) have the digest \(digest), but \(known) was asked for: restore them, or leave "
          + "out the digest")
    }
    var spec = self
    spec.measure = AddedFile(path: path, sha256: digest)
    return spec
  }
}
