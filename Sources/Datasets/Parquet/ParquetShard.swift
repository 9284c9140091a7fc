import Files
import Vocabulary

/// A Parquet shard with the types that Hugging Face's datasets library reads from it: `image` as an image, `emotion` as a
/// class in EmoSet's order.
struct ParquetShard: ShardWriter {
  private let put: ([UInt8]) throws -> Void
  private var writer: ParquetWriter?

  init(to put: @escaping ([UInt8]) throws -> Void) { self.put = put }

  mutating func append(_ image: DatasetImage, _ bytes: [UInt8]) throws {
    if writer == nil { writer = try Self.writer(image, put) }
    let values = Self.own(image).map { entry in
      entry.name == "emotion" ? image.label.map { .int64($0.index) } ?? .null : Self.value(entry.value)
    }
    try writer?.append([.bytes(bytes), .text(image.fileName)] + values)
  }

  mutating func finish() throws { try writer?.finish() }

  private static func writer(_ image: DatasetImage, _ put: @escaping ([UInt8]) throws -> Void) throws -> ParquetWriter {
    let pictures = [ParquetColumn("image", "bytes", kind: .bytes), ParquetColumn("image", "path", kind: .text)]
    let columns = pictures + own(image).map { ParquetColumn($0.name, kind: kind($0)) }
    return try ParquetWriter(columns, metadata: [(key: "huggingface", value: features(image))], write: put)
  }

  /// The class stands for the emotion's index.
  private static func own(_ image: DatasetImage) -> [(name: String, value: DatasetValue)] {
    image.metadata.filter { $0.name != "emotion_index" }
  }

  private static func kind(_ entry: (name: String, value: DatasetValue)) -> ParquetColumn.Kind {
    switch entry.value {
    case .text: entry.name == "emotion" ? .int64 : .text
    case .whole: .int64
    case .number: .double
    case .weights: .doubles
    }
  }

  private static func value(_ value: DatasetValue) -> ParquetValue {
    switch value {
    case .text(let text): text.map { .text($0) } ?? .null
    case .whole(let number): number.map { .int64($0) } ?? .null
    case .number(let number): number.map { .double($0) } ?? .null
    case .weights(let numbers): numbers.map { .doubles($0) } ?? .null
    }
  }

  private static func features(_ image: DatasetImage) -> String {
    let names = Emotion.names.map { JSONString.quoted($0) }.joined(separator: ", ")
    let others = own(image).map { entry in
      let type =
        switch entry.value {
        case .text where entry.name == "emotion": "\"names\": [\(names)], \"_type\": \"ClassLabel\""
        case .text: "\"dtype\": \"string\", \"_type\": \"Value\""
        case .whole: "\"dtype\": \"int64\", \"_type\": \"Value\""
        case .number: "\"dtype\": \"float64\", \"_type\": \"Value\""
        case .weights: "\"feature\": {\"dtype\": \"float64\", \"_type\": \"Value\"}, \"_type\": \"List\""
        }
      return "\"\(entry.name)\": {\(type)}"
    }
    return "{\"info\": {\"features\": {\"image\": {\"_type\": \"Image\"}, \(others.joined(separator: ", "))}}}"
  }
}
