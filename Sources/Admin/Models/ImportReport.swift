package import Releases
import Vocabulary

/// The result of an import, as text and JSON.
package struct ImportReport {
  private let record: ImportRecord

  package init(_ record: ImportRecord) {
    self.record = record
  }

  /// A line for each file, and one for each reason why tensors were left out.
  package var lines: [String] {
    record.files.flatMap { file in
      let tensors = file.tensors.isEmpty ? "" : "\(Measure.count(file.tensors.count, "tensor")) "
      return ["\(file.path): \(tensors)from \(Self.names(file.sources.map(\.path)))"]
        + file.leftOut.map { "  left out of \($0.source): \(Measure.count($0.names.count)), \($0.reason)" }
    }.map(TerminalText.safe)
  }

  package func json() throws -> JSONDocument { try JSONDocument(encoding: record) }

  private static func names(_ names: [String]) -> String {
    names.count > 3 ? "\(names[0]) and \(Measure.count(names.count - 1)) other files" : names.joined(separator: ", ")
  }
}
