import Files
import Foundation
import Vocabulary

/// EmoSet's `info.json`: the labels of each kind of attribute.
package struct EmoSetInfo: Sendable {
  /// The labels in the file's spelling, by kind (`scene`, `object`, …), in the order of their numbers.
  package let labels: [String: [String]]
  /// The normalised labels of scenes and objects.
  package let attributes: Set<String>

  /// The form in which names are compared: `Ferris wheel` in one file is `ferris_wheel` in another.
  package static func normalised(_ name: String) -> String {
    name.lowercased().replacing(" ", with: "_")
  }

  private struct Kind: Decodable {
    let label2idx: [String: Int]
  }

  /// The file of a dataset whose pictures have emotions and no attributes.
  static var ofEmotions: String { "{\n\(kind("emotion", Emotion.names))\n}\n" }

  /// A member of the file: labels from name to number and back.
  static func kind(_ name: String, _ labels: [String]) -> String {
    let quoted = labels.map { JSONString.quoted($0, .line) }
    let numbers = quoted.enumerated().map { "      \($1): \($0)" }.joined(separator: ",\n")
    let names = quoted.enumerated().map { "      \"\($0)\": \($1)" }.joined(separator: ",\n")
    return """
        "\(name)": {
          "label2idx": {
      \(numbers)
          },
          "idx2label": {
      \(names)
          }
        }
      """
  }

  /// - Throws: `DatasetError` if the file is missing or has another form.
  package init(file: String) throws {
    guard File.isRegular(file) else {
      throw DatasetError(.badInput, "\(file) is missing: name a folder in EmoSet's layout")
    }
    let kinds: [String: Kind]
    do {
      kinds = try JSONDecoder().decode([String: Kind].self, from: Data(File.read(file)))
    } catch let error as DecodingError {
      throw DatasetError(
        .badInput,
        "\(file) is not in EmoSet's format: {\"emotion\": {\"label2idx\": {…}}, …} is expected (\(error.reason))")
    }
    let labels = kinds.mapValues { kind in
      kind.label2idx.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }
    self.labels = labels
    attributes = Set(["scene", "object"].flatMap { labels[$0] ?? [] }.map(Self.normalised))
  }
}
