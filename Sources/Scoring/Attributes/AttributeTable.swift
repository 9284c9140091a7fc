import Checkpoints
import Datasets
import Files
package import Vocabulary

/// The attributes that are searched for in images, and the emotion of each.
package struct AttributeTable: Sendable {
  /// Lower-cased, with `_` for spaces, in sorted order.
  package let names: [String]
  /// For each attribute, the emotion with the highest confidence; nil if its confidences are unknown.
  package let emotions: [Emotion?]

  /// - Parameter file: a `confidence.json`: attribute → emotion → confidence. Names that differ only in case or in `_`
  ///   for spaces are the same attribute.
  /// - Throws: `CheckpointError` naming the invalid key.
  package init(confidence file: String) throws {
    let table = try ConfigFile.read([String: [String: Double]].self, from: file)
    var emotions: [String: Emotion] = [:]
    for (name, confidence) in table.sorted(by: { $0.key < $1.key }) {
      let known = Emotion.allCases.map { confidence[$0.rawValue] ?? 0 }
      guard known.contains(where: { $0 > 0 }) else {
        throw CheckpointError(
          .malformed, file: file, "key '\(name)': expected a confidence for at least one of the eight emotions")
      }
      emotions[EmoSetInfo.normalised(name)] = Emotion.allCases[known.indexOfMaximum]
    }
    guard !emotions.isEmpty else { throw CheckpointError(.malformed, file: file, "contains no attributes") }
    names = emotions.keys.sorted()
    self.emotions = names.map { emotions[$0] }
  }

  /// Attributes whose emotions are unknown.
  package init(names: [String]) {
    self.names = Set(names.map(EmoSetInfo.normalised)).sorted()
    emotions = self.names.map { _ in nil }
  }

  /// Indices of an emotion's attributes.
  package func own(_ emotion: Emotion) -> [Int] { names.indices.filter { emotions[$0] == emotion } }

  /// The index of an attribute, regardless of case and of `_` for spaces; nil if the table lacks it.
  package func index(of name: String) -> Int? { names.firstIndex(of: EmoSetInfo.normalised(name)) }

  /// An attribute's name with spaces between its words.
  package func words(_ index: Int) -> String { names[index].replacing("_", with: " ") }
}
