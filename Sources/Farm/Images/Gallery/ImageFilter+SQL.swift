import Postgres
import Vocabulary

/// Filters as conditions of statements over `batches b`, `cells c` and a table of images `i`.
///
/// Every comparison is true or false, never NULL, so that negations mean what they mean over values. Letters are compared
/// without their case as the server's locale does it.
extension ImageFilter {
  /// The table whose rows `i` are, which says where measured values are.
  enum Rows {
    /// `images`, beside `measurements m`, which may be missing.
    case accepted
    /// `rejects`: the value of the criterion that an image failed is all that is kept.
    case rejected
  }

  func sql(_ rows: Rows = .accepted) -> SQL {
    switch self {
    case .all(let filters): filters.isEmpty ? "true" : "(\(filters.map { $0.sql(rows) }.joined(separator: " AND ")))"
    case .any(let filters): filters.isEmpty ? "false" : "(\(filters.map { $0.sql(rows) }.joined(separator: " OR ")))"
    case .not(let filter): "NOT \(filter.sql(rows))"
    case .isMissing(let column): "(\(column.sql(rows)) IS NULL)"
    case .compare(let column, let comparison, let value):
      "coalesce(\(Self.comparison(column.sql(rows), comparison, value)), false)"
    }
  }

  private static func comparison(_ column: SQL, _ comparison: Comparison, _ value: Value) -> SQL {
    switch (value, comparison) {
    case (.text(let text), .contains): "position(lower(\(text)) IN lower(\(column))) > 0"
    case (_, .contains): "false"
    case (.text(let text), _): "\(column) COLLATE \"C\" \(unsafeRaw: comparison.rawValue) \(text)"
    case (.whole(let number), _): "\(column) \(unsafeRaw: comparison.rawValue) \(number)::bigint"
    case (.number(let number), _): "\(column) \(unsafeRaw: comparison.rawValue) \(number)::float8"
    case (.flag(let flag), .equal): "\(column) = \(flag)"
    case (.flag, _): "false"
    }
  }
}

extension ImageFilter.Column {
  /// The value of a row, of the kind that it is compared as: text, bigint, float8 or boolean.
  fileprivate func sql(_ rows: ImageFilter.Rows) -> SQL {
    switch (self, rows) {
    case (.emotion, _): "c.emotion"
    case (.emotionSpec, _): "(c.subject ->> 'emotion')"
    case (.prompt, _): "(c.subject ->> 'prompt')"
    case (.text, _): "(c.subject ->> 'text')"
    case (.negative, _): "(c.settings ->> 'negative')"
    case (.width, _): "(c.settings ->> 'width')::bigint"
    case (.height, _): "(c.settings ->> 'height')::bigint"
    case (.sampler, _): "(c.settings ->> 'sampler')"
    case (.guidance, _): "(c.settings ->> 'guidance')::float8"
    case (.batch, _): "c.batch_id"
    case (.cell, _): "c.ordinal::bigint"
    case (.modelDigest, _): "b.model_digest"
    case (.seed, _): "i.seed"
    case (.steps, _): "i.actual_steps::bigint"
    case (.index, _): "i.idx::bigint"
    case (.sha256, _): "encode(i.sha256, 'hex')"
    case (.engineKind, _): "i.engine"
    case (.worker, _): "i.worker_id"
    // As it is read: the shortest decimal number that tells it from others.
    case (.seconds, _): "i.seconds::text::float8"
    case (.bytes, _): "i.bytes::bigint"
    case (.measuredEmotion, .accepted): Self.recognisedName
    case (.recognised, .accepted): "(c.emotion = \(Self.recognisedName))"
    case (.emotionProbability, .accepted): "m.asked::float8"
    case (.attribute, .accepted): "m.attribute"
    case (.content, .accepted): "m.content::float8"
    case (.measuredEmotion, .rejected): "NULL::text"
    case (.attribute, .rejected): "NULL::text"
    case (.recognised, .rejected): "NULL::boolean"
    case (.emotionProbability, .rejected): "CASE WHEN i.criterion = 'emotion_probability' THEN i.value::float8 END"
    case (.content, .rejected): "CASE WHEN i.criterion = 'content' THEN i.value::float8 END"
    }
  }

  private static var recognisedName: SQL { "(\(Emotion.names)::text[])[m.emotion + 1]" }
}
