import Checkpoints
import Datasets
package import Vocabulary

/// The attributes that images are searched for, and the emotion that each belongs to.
package struct AttributeTable: Sendable {
  /// Lower-cased, spaces as `_`; sorted.
  package let names: [String]
  /// The emotion with the highest confidence of each; nil where that is not known.
  package let emotions: [Emotion?]

  /// - Parameter file: a `confidence.json`: attribute → emotion → confidence; names spelt in two ways are one attribute.
  /// - Throws: `CheckpointError` that names the key that does not fit.
  package init(confidence file: String) throws {
    let table = try ConfigFile.read([String: [String: Double]].self, from: file)
    var emotions: [String: Emotion] = [:]
    for (name, confidence) in table.sorted(by: { $0.key < $1.key }) {
      let known = Emotion.allCases.map { confidence[$0.rawValue] ?? 0 }
      guard known.contains(where: { $0 > 0 }) else {
        throw CheckpointError(
          .malformed, file: file, "key '\(name)': a confidence for at least one of the eight emotions is needed here")
      }
      emotions[EmoSetInfo.normalised(name)] = Emotion.allCases[known.indexOfMaximum]
    }
    guard !emotions.isEmpty else { throw CheckpointError(.malformed, file: file, "names no attribute") }
    names = emotions.keys.sorted()
    self.emotions = names.map { emotions[$0] }
  }

  /// Attributes whose emotions are not known.
  package init(names: [String]) {
    self.names = Set(names.map(EmoSetInfo.normalised)).sorted()
    emotions = self.names.map { _ in nil }
  }

  /// Positions of an emotion's attributes.
  package func own(_ emotion: Emotion) -> [Int] { names.indices.filter { emotions[$0] == emotion } }

  /// The position of a name, however it is spelt.
  package func index(of name: String) -> Int? { names.firstIndex(of: EmoSetInfo.normalised(name)) }

  /// An attribute's name as words.
  package func words(_ index: Int) -> String { names[index].replacing("_", with: " ") }
}
