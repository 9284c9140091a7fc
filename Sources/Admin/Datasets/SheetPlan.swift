package import Specifications
import Vocabulary

/// The images on a contact sheet: one row for each subject or, in a grid, for each combination of its settings.
package struct SheetPlan: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    /// `awe`, `awe: bag`, or the words of plain text, with the settings that tell rows of one subject apart.
    package let label: String
    /// Batch indices of the cells with this subject, in order.
    package let ranges: [Range<Int>]
  }

  package let rows: [Row]

  /// The eight single emotions come first, in EmoSet's order, then the other subjects in the batch's order.
  package init(_ cells: [PlannedCell]) {
    var own: [Subject: [PlannedCell]] = [:]
    var order: [Subject] = []
    for cell in cells {
      if own[cell.subject] == nil { order.append(cell.subject) }
      own[cell.subject, default: []].append(cell)
    }
    let single = Emotion.allCases.map { Subject.emotion(EmotionSpec($0), prompt: "") }
    let known = Set(single)
    rows = (single.filter { own[$0] != nil } + order.filter { !known.contains($0) })
      .flatMap { Self.rows(of: own[$0] ?? [], label: $0.label) }
  }

  /// One row, or a row for each combination of the settings in which cells of the same subject differ. Pictures to
  /// start from differ as seeds do.
  private static func rows(of cells: [PlannedCell], label: String) -> [Row] {
    let written = cells.map { cell in
      let settings = SettingsOverride(cell.settings)
      let keys = SettingsOverride.Key.allCases.filter { $0 != .source && ($0 != .size || cell.settings.source == nil) }
      return keys.reduce(into: [SettingsOverride.Key: String]()) { $0[$1] = settings.label($1) }
    }
    let varied = SettingsOverride.Key.allCases.filter { key in written.contains { $0[key] != written[0][key] } }
    var ranges: [String: [Range<Int>]] = [:]
    var order: [String] = []
    for (cell, values) in zip(cells, written) {
      let name = ([label] + varied.map { "\($0.rawValue) \(values[$0] ?? "none")" }).joined(separator: ", ")
      if ranges[name] == nil { order.append(name) }
      ranges[name, default: []].append(cell.firstIndex..<cell.firstIndex + cell.count)
    }
    return order.map { Row(label: $0, ranges: ranges[$0] ?? []) }
  }
}

extension SettingsOverride {
  /// A setting's value in a label, with files by their names; nil if it is not set.
  fileprivate func label(_ key: Key) -> String? {
    switch key {
    case .vae: vae?.name
    case .loras: list((loras ?? []).map { "\($0.file.stem):\($0.weight)" })
    case .embeddings: list((embeddings ?? []).map(\.file.stem))
    case .sampler: sampler?.rawValue
    case .precision: precision?.rawValue
    case .promptSyntax: promptSyntax?.rawValue
    default: written(key).map { "\($0)" }
    }
  }

  private func list(_ names: [String]) -> String? { names.isEmpty ? nil : names.joined(separator: " ") }
}
