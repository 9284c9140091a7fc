import Foundation
import Postgres
import Vocabulary

/// JSON columns and the values they hold.
enum JSONColumn {
  static func encode(_ value: some Encodable) throws -> JSONText {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return JSONText(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// - Throws: ``FarmError`` (`badRow`) naming the column.
  static func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ row: PostgresRow, _ column: String) throws
    -> Value
  {
    let text = try row.string(.name(column))
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw FarmError(.badRow, "the column \(column) holds JSON that this program cannot read: \(text.prefix(200))")
    }
  }
}

/// How a subject stands in the database: `{"emotion": …, "prompt": …}` or `{"text": …}`.
struct StoredSubject: Codable {
  let emotion: EmotionSpec?
  let prompt: String?
  let text: String?

  init(_ subject: Subject) {
    switch subject {
    case .emotion(let spec, let prompt): (emotion, self.prompt, text) = (spec, prompt, nil)
    case .text(let text): (emotion, prompt, self.text) = (nil, nil, text)
    }
  }

  var subject: Subject {
    if let emotion { .emotion(emotion, prompt: prompt ?? "") } else { .text(text ?? "") }
  }
}
