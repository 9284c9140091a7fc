package import Provenance

/// A replay's outcome as JSON.
package struct ReplayReport {
  private let file: String
  private let comparison: ReplayComparison

  package init(file: String, _ comparison: ReplayComparison) {
    self.file = file
    self.comparison = comparison
  }

  package var json: JSONDocument {
    var pixels: JSONDocument = .null
    let outcome: String
    switch comparison.outcome {
    case .sameBytes: outcome = "same_bytes"
    case .sameUnsigned: outcome = "same_unsigned"
    case .samePixels: outcome = "same_pixels"
    case .differentSize: outcome = "different_size"
    case .differentPixels(let count, let maximum, let mean):
      outcome = "different_pixels"
      pixels = [
        "count": JSONDocument(count), "maximum": JSONDocument(maximum), "mean": JSONDocument(measured: mean),
      ]
    }
    return [
      "file": JSONDocument(file), "outcome": JSONDocument(outcome), "difference": pixels,
      "breach": JSONDocument(comparison.isBreach),
      "original": side(comparison.engineKinds.original, comparison.generators.original),
      "replay": side(comparison.engineKinds.replay, comparison.generators.replay),
    ]
  }

  private func side(_ engine: String, _ generator: ProvenanceRecord.Generator) -> JSONDocument {
    [
      "engine_kind": JSONDocument(engine),
      "generator": JSONDocument("\(generator.name) \(generator.version)"),
    ]
  }
}
