package import Specifications
import Vocabulary

/// The images on a contact sheet: one row for each subject.
package struct SheetPlan: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    /// `awe`, `awe: bag`, or the words of plain text.
    package let label: String
    /// Batch indices of the cells with this subject, in order.
    package let ranges: [Range<Int>]
  }

  package let rows: [Row]

  /// The eight single emotions come first, in EmoSet's order, then the other subjects in the batch's order.
  package init(_ cells: [PlannedCell]) {
    var ranges: [Subject: [Range<Int>]] = [:]
    var order: [Subject] = []
    for cell in cells {
      if ranges[cell.subject] == nil { order.append(cell.subject) }
      ranges[cell.subject, default: []].append(cell.firstIndex..<cell.firstIndex + cell.count)
    }
    let single = Emotion.allCases.map { Subject.emotion(EmotionSpec($0), prompt: "") }
    let known = Set(single)
    rows = (single.filter { ranges[$0] != nil } + order.filter { !known.contains($0) })
      .map { Row(label: Self.label($0), ranges: ranges[$0] ?? []) }
  }

  private static func label(_ subject: Subject) -> String {
    switch subject {
    case .emotion(let spec, ""): spec.description
    case .emotion(let spec, let prompt): "\(spec): \(prompt)"
    case .text(""): "(no text)"
    case .text(let text): text
    }
  }
}
