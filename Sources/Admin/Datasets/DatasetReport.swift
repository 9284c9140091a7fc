package import Datasets

/// A dataset's contents and faults, as text and JSON.
package struct DatasetReport {
  private let check: EmoSetCheck
  /// Attributes and faults of a kind that the text shows.
  private static let shown = (attributes: 40, faults: 10)

  package init(_ check: EmoSetCheck) {
    self.check = check
  }

  package var lines: [String] {
    var lines = ["\(TerminalText.safe(check.folder)): \(Measure.count(check.usable, "usable picture"))\(sizes)", ""]
    lines += table("emotion", check.emotions)
    if !check.attributes.isEmpty {
      lines += [""] + table("attribute", Array(check.attributes.prefix(Self.shown.attributes)))
      let rest = check.attributes.count - Self.shown.attributes
      if rest > 0 { lines.append("… and \(Measure.count(rest)) more attributes (--json lists all)") }
    }
    if !check.absentKeys.isEmpty {
      let keys = check.absentKeys.sorted { $0.key < $1.key }.map { "\($0.key) \(Measure.count($0.value))" }
      lines += ["", "annotations without an optional key: \(keys.joined(separator: ", "))"]
    }
    return lines + [""] + faults
  }

  private var sizes: String {
    guard let (smallest, largest) = check.sizes else { return "" }
    func text(_ size: EmoSetCheck.Size) -> String { "\(size.width)x\(size.height)" }
    return smallest == largest ? ", \(text(smallest))" : ", \(text(smallest)) to \(text(largest))"
  }

  private func table(_ title: String, _ counts: [EmoSetCheck.Count]) -> [String] {
    let splits = EmoSetSplit.allCases
    var table = TextTable([.text(title)] + splits.map { .number($0.rawValue) } + [.number("all")])
    for count in counts {
      table.add([count.name] + splits.map { Measure.count(count.pictures[$0] ?? 0) } + [Measure.count(count.total)])
    }
    return table.lines()
  }

  private var faults: [String] {
    guard !check.faults.isEmpty else { return ["clean: nothing is missing or broken"] }
    return byKind.flatMap { kind, faults in
      ["\(kind.rawValue): \(Measure.count(faults.count))"]
        + faults.prefix(Self.shown.faults).map { "  \(TerminalText.safe("\($0.place): \($0.message)"))" }
        + (faults.count > Self.shown.faults
          ? ["  … and \(Measure.count(faults.count - Self.shown.faults)) more (--json lists all)"] : [])
    }
  }

  private var byKind: [(DatasetFault.Kind, [DatasetFault])] {
    DatasetFault.Kind.allCases.compactMap { kind in
      let faults = check.faults.filter { $0.kind == kind }
      return faults.isEmpty ? nil : (kind, faults)
    }
  }

  package var json: JSONDocument {
    func counts(_ counts: [EmoSetCheck.Count]) -> JSONDocument {
      .array(
        counts.map { count in
          var document = ["name": JSONDocument(count.name), "all": JSONDocument(count.total)]
          for split in EmoSetSplit.allCases { document[split.rawValue] = JSONDocument(count.pictures[split] ?? 0) }
          return .object(document)
        })
    }
    func size(_ size: EmoSetCheck.Size) -> JSONDocument {
      ["width": JSONDocument(size.width), "height": JSONDocument(size.height)]
    }
    return [
      "folder": JSONDocument(check.folder),
      "clean": JSONDocument(check.faults.isEmpty),
      "usable": JSONDocument(check.usable),
      "smallest": JSONDocument(check.sizes?.smallest, size),
      "largest": JSONDocument(check.sizes?.largest, size),
      "emotions": counts(check.emotions),
      "attributes": counts(check.attributes),
      "absent_keys": .object(check.absentKeys.mapValues { JSONDocument($0) }),
      "faults": .array(
        byKind.map { kind, faults in
          [
            "kind": JSONDocument(kind.rawValue), "count": JSONDocument(faults.count),
            "places": .array(
              faults.map { ["place": JSONDocument($0.place), "message": JSONDocument($0.message)] }),
          ]
        }),
    ]
  }
}
