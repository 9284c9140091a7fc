import Vocabulary

extension DatasetImage {
  /// The image's row of `metadata.jsonl`. All rows have the same keys, and a key has the same type in all rows or is null,
  /// because loaders infer a column's type from all rows of a split.
  var metadataRow: String {
    var row = JSONLine()
    row.add("file_name", fileName)
    row.add("emotion", label?.rawValue)
    row.add("emotion_index", label?.index)
    row.add("emotion_weights", subject.emotion?.weights)
    row.add("emotion_spec", subject.emotion?.description ?? "")
    row.add("prompt", subject.emotion == nil ? "" : subject.words)
    row.add("text", subject.emotion == nil ? subject.words : "")
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
