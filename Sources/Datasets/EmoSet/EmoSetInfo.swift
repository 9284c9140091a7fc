import Files
import Foundation

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
