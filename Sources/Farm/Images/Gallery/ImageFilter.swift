import Foundation

/// Which images are wanted, as a tree: the one meaning of the conditions that people write for an export and of the filters
/// of a gallery. It is evaluated over values (``holds(_:)``), and by the database (`ImageFilter+SQL.swift`).
package indirect enum ImageFilter: Hashable, Sendable {
  case all([ImageFilter])
  case any([ImageFilter])
  case not(ImageFilter)
  /// False for an image without such a value.
  case compare(Column, Comparison, Value)
  case isMissing(Column)

  /// A value of an image that conditions compare.
  package enum Column: String, CaseIterable, Hashable, Sendable {
    case emotion
    case emotionSpec = "emotion_spec"
    case prompt, text, negative, seed, width, height, steps, sampler, guidance, batch, index, cell, sha256
    case modelDigest = "model_digest"
    case engineKind = "engine_kind"
    case worker, seconds, bytes
    case measuredEmotion = "measured_emotion"
    /// Whether the classifier finds the emotion most probable that was asked for.
    case recognised
    case emotionProbability = "emotion_probability"
    case attribute, content
  }

  package enum Value: Hashable, Sendable {
    case text(String)
    case whole(Int)
    case number(Double)
    case flag(Bool)
  }

  package enum Comparison: String, CaseIterable, Hashable, Sendable {
    case equal = "="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    /// A text that contains another one, without regard to case.
    case contains = "~"
  }

  /// Every image.
  package static let everything = ImageFilter.all([])

  /// Whether an image with these values is wanted.
  ///
  /// - Parameter value: of a column; nil if the image has none.
  package func holds(_ value: (Column) -> Value?) -> Bool {
    switch self {
    case .all(let filters): filters.allSatisfy { $0.holds(value) }
    case .any(let filters): filters.contains { $0.holds(value) }
    case .not(let filter): !filter.holds(value)
    case .compare(let column, let comparison, let wanted):
      value(column).map { comparison.holds($0, wanted) } ?? false
    case .isMissing(let column): value(column) == nil
    }
  }
}

extension ImageFilter.Comparison {
  fileprivate func holds(_ value: ImageFilter.Value, _ wanted: ImageFilter.Value) -> Bool {
    switch (value, wanted) {
    case (.text(let text), .text(let wanted)):
      self == .contains ? text.range(of: wanted, options: .caseInsensitive) != nil : compare(text, wanted)
    case (.whole(let number), .whole(let wanted)): compare(number, wanted)
    case (.number(let number), .number(let wanted)): compare(number, wanted)
    case (.flag(let flag), .flag(let wanted)): self == .equal && flag == wanted
    default: false
    }
  }

  private func compare<T: Comparable>(_ value: T, _ other: T) -> Bool {
    switch self {
    case .equal: value == other
    case .atMost: value <= other
    case .atLeast: value >= other
    case .below: value < other
    case .above: value > other
    case .contains: false
    }
  }
}

extension ImageFilter.Column {
  /// Whether all images of a cell have the same value.
  var isOfCell: Bool {
    switch self {
    case .emotion, .emotionSpec, .prompt, .text, .negative, .width, .height, .sampler, .guidance, .batch, .cell,
      .modelDigest:
      true
    case .seed, .steps, .index, .sha256, .engineKind, .worker, .seconds, .bytes, .measuredEmotion, .recognised,
      .emotionProbability, .attribute, .content:
      false
    }
  }
}

extension ImageFilter {
  /// Whether a cell's images are all wanted or all not.
  var isOfCells: Bool {
    switch self {
    case .all(let filters), .any(let filters): filters.allSatisfy(\.isOfCells)
    case .not(let filter): filter.isOfCells
    case .compare(let column, _, _), .isMissing(let column): column.isOfCell
    }
  }

  /// The indices that wanted images can have, as far as the filter says so; empty if it contradicts itself.
  var indices: Range<Int> {
    switch self {
    case .all(let filters):
      filters.reduce(Self.allIndices) { $0.clamped(to: $1.indices) }
    case .any(let filters):
      filters.map(\.indices).filter { !$0.isEmpty }.reduce(nil as Range<Int>?) { hull, range in
        hull.map { min($0.lowerBound, range.lowerBound)..<max($0.upperBound, range.upperBound) } ?? range
      } ?? 0..<0
    case .compare(.index, let comparison, .whole(let number)):
      switch comparison {
      case .equal: Self.allIndices.clamped(to: Self.from(number)).clamped(to: Self.through(number))
      case .atMost: Self.through(number)
      case .below: number == .min ? 0..<0 : Self.through(number - 1)
      case .atLeast: Self.from(number)
      case .above: number == .max ? 0..<0 : Self.from(number + 1)
      case .contains: 0..<0
      }
    case .not, .compare, .isMissing: Self.allIndices
    }
  }

  private static let allIndices = 0..<Int(Int32.max)

  private static func from(_ index: Int) -> Range<Int> {
    min(max(index, 0), allIndices.upperBound)..<allIndices.upperBound
  }

  private static func through(_ index: Int) -> Range<Int> { 0..<min(max(index, -1), allIndices.upperBound - 1) + 1 }

  /// A filter of cells that lets every cell with a wanted image through, and as few others as it can know.
  var ofCells: ImageFilter { ofCells(negated: false) }

  /// What is not known of a cell counts as true, and negations are moved inwards, so that it stays on the generous side.
  private func ofCells(negated: Bool) -> ImageFilter {
    switch self {
    case .all(let filters) where !negated, .any(let filters) where negated:
      .all(filters.map { $0.ofCells(negated: negated) }.filter { $0 != .everything })
    case .all(let filters), .any(let filters): .any(filters.map { $0.ofCells(negated: negated) }).simplified
    case .not(let filter): filter.ofCells(negated: !negated)
    case .compare(let column, _, _), .isMissing(let column):
      column.isOfCell ? (negated ? .not(self) : self) : .everything
    }
  }

  /// An alternative with a branch that is always true is always true.
  private var simplified: ImageFilter {
    if case .any(let filters) = self, filters.contains(.everything) { .everything } else { self }
  }
}
