import Imaging

/// The copies that a search found, as text and JSON.
package struct DuplicateReport {
  private let result: DuplicateSearch.Result
  private let folder: String?
  /// Images that could not be read, in the text.
  private static let shown = 20

  /// - Parameter folder: what was compared with.
  package init(_ result: DuplicateSearch.Result, against folder: String?) {
    self.result = result
    self.folder = folder
  }

  package var lines: [String] {
    let pairs = result.pairs.map { pair in
      let original = pair.isLeak ? "\(folder ?? "")/\(pair.original)" : pair.original
      return TerminalText.safe("\(pair.picture)  \(Self.words(pair))  \(original)")
    }
    let own = result.pairs.count { !$0.isLeak }
    let leaks = result.pairs.count - own
    var summary = "\(Measure.count(own)) of \(Measure.count(result.pictures, "image")) are copies of earlier ones"
    if let folder {
      summary +=
        ", \(Measure.count(leaks)) of \(Measure.count(result.references, "image")) in \(TerminalText.safe(folder))"
    }
    if result.refuted > 0 { summary += "; \(Measure.count(result.refuted)) more look alike to hashes alone" }
    return pairs + [summary]
  }

  /// What could not be read.
  package var warnings: [String] {
    let unread = result.unread
    let lines = unread.prefix(Self.shown).map { "not read: \(TerminalText.safe("\($0.name): \($0.message)"))" }
    return unread.count > Self.shown
      ? lines + ["… and \(Measure.count(unread.count - Self.shown)) more (--json lists all)"] : lines
  }

  private static func words(_ pair: DuplicateSearch.Pair) -> String {
    let match = pair.match
    let what = match.isMirrored ? "mirrored " : ""
    let how =
      switch match.kind {
      case .exact: "the same pixels as"
      case .near: "\(what)copy of"
      case .crop: "\(what)crop of (or the other way round)"
      }
    return how
  }

  package var json: JSONDocument {
    [
      "images": JSONDocument(result.pictures), "against": JSONDocument(result.references),
      "refuted": JSONDocument(result.refuted),
      "pairs": .array(
        result.pairs.map { pair in
          [
            "image": JSONDocument(pair.picture), "copy_of": JSONDocument(pair.original),
            "in": JSONDocument(pair.isLeak ? folder : nil) { JSONDocument($0) },
            "kind": JSONDocument(pair.match.kind.rawValue), "mirrored": JSONDocument(pair.match.isMirrored),
            "distance": JSONDocument(pair.match.distance),
            "correlation": JSONDocument(measured: pair.match.correlation),
            "similarity": JSONDocument(pair.similarity) { JSONDocument(measured: $0) },
          ]
        }),
      "unread": .array(
        result.unread.map { ["image": JSONDocument($0.name), "message": JSONDocument($0.message)] }),
    ]
  }
}
