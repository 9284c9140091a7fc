import Vocabulary

extension DatasetImage {
  /// The image's row of `metadata.jsonl`. All rows have the same keys, and a key has the same type in all rows, because
  /// loaders infer a column's type from the first rows.
  var metadataRow: String {
    var row = JSONLine()
    row.add("file_name", fileName)
    row.add("emotion", emotion ?? "")
    row.add("emotion_index", emotion.flatMap { Emotion.names.firstIndex(of: $0) } ?? -1)
    row.add("emotion_spec", emotionSpec)
    row.add("prompt", prompt)
    row.add("text", text ?? "")
    row.add("negative", negative)
    row.add("seed", Int(seed))
    row.add("width", width)
    row.add("height", height)
    row.add("steps", steps)
    row.add("sampler", sampler)
    row.add("guidance", guidance)
    row.add("shortcuts", shortcuts)
    row.add("index", index)
    row.add("sha256", sha256)
    row.add("model", model)
    row.add("model_digest", modelDigest)
    row.add("engine_kind", engineKind)
    row.add("generator", generator)
    return row.line
  }
}
