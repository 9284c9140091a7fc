package import Provenance
package import Vocabulary

/// Compares a model folder with the files that rendered an image.
package enum ModelMatch {
  /// The differences, one line per file; empty if all recorded files are the same.
  package static func differences(_ recorded: ProvenanceRecord.Model, _ present: ModelDescription) -> [String] {
    let files = Dictionary(present.files.map { ($0.path, $0) }) { first, _ in first }
    let known = Set(recorded.files.map(\.path))
    var lines: [String] = []
    for file in recorded.files.sorted(by: { $0.path < $1.path }) {
      guard let here = files[file.path] else {
        lines.append("\(file.path) is missing")
        continue
      }
      if here.sha256 != file.sha256 {
        lines.append(
          "\(file.path) has the SHA-256 \(Measure.digest(here.sha256))…, but \(Measure.digest(file.sha256))… was recorded"
        )
      }
    }
    for file in present.files where !known.contains(file.path) {
      lines.append("\(file.path) was not there")
    }
    return lines
  }
}
