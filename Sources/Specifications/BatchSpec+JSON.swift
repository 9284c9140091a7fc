import Foundation
import Vocabulary

extension BatchSpec {
  /// The written form with sorted keys. The database stores it, and ``init(parsing:named:)`` reads back an equal value.
  package var json: String {
    get throws { try Self.encode(SpecDocument(self)) }
  }

  /// The part in which specifications with the same key must agree: everything but the priority, which may change
  /// later.
  package var identityJSON: String {
    get throws {
      var copy = self
      copy.priority = 0
      return try copy.json
    }
  }

  /// The top-level keys in which two specifications differ, apart from the priority.
  package func differences(from other: BatchSpec) -> [String] {
    var keys: [String] = []
    if name != other.name { keys.append("name") }
    if model != other.model { keys.append("model") }
    if seed != other.seed { keys.append("seed") }
    if chunk != other.chunk { keys.append("chunk") }
    if maxAttempts != other.maxAttempts { keys.append("max_attempts") }
    if require != other.require { keys.append("require") }
    if measure != other.measure { keys.append("measure") }
    if acceptance != other.acceptance { keys.append("accept") }
    if settings != other.settings { keys.append("settings") }
    if cells != other.cells { keys.append("cells") }
    if training != other.training { keys.append("training") }
    return keys
  }

  private static func encode(_ document: SpecDocument) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(document), as: UTF8.self)
  }
}

/// The JSON layout of a specification.
private struct SpecDocument: Encodable {
  let name: String
  let model: String?
  let key: String?
  let seed: UInt64
  let priority: Int
  let chunk: Int?
  let maxAttempts: Int
  let require: [String]?
  let measure: AddedFile?
  let accept: Acceptance?
  let settings: SettingsOverride?
  let cells: [CellDocument]?
  let training: TrainingPlan?

  enum CodingKeys: String, CodingKey {
    case name, model, key, seed, priority, chunk, require, measure, accept, settings, cells, training
    case maxAttempts = "max_attempts"
  }

  init(_ spec: BatchSpec) {
    name = spec.name
    model = spec.model
    key = spec.key
    seed = spec.seed
    priority = spec.priority
    chunk = spec.training == nil ? spec.chunk : nil
    maxAttempts = spec.maxAttempts
    require = spec.require.isEmpty ? nil : spec.require
    measure = spec.measure
    accept = spec.acceptance
    settings = spec.settings == SettingsOverride() ? nil : spec.settings
    cells = spec.training == nil ? spec.cells.map { CellDocument($0) } : nil
    training = spec.training
  }
}

private struct CellDocument: Encodable {
  let cell: CellSpec

  init(_ cell: CellSpec) { self.cell = cell }

  enum CodingKeys: String, CodingKey {
    case emotions, prompts, texts, count
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if !cell.emotions.isEmpty { try container.encode(cell.emotions, forKey: .emotions) }
    if cell.prompts != [""] { try container.encode(cell.prompts, forKey: .prompts) }
    if !cell.texts.isEmpty { try container.encode(cell.texts, forKey: .texts) }
    try container.encode(cell.count, forKey: .count)
    try cell.settings.encode(to: encoder)
  }
}
