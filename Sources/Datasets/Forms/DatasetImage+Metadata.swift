import Vocabulary

/// A value of an image's metadata.
enum DatasetValue: Sendable {
  case text(String?)
  case whole(Int?)
  case number(Double?)
  /// Numbers of the eight emotions.
  case weights([Double]?)
}

extension DatasetImage {
  /// What is said of the image in each form, after its file: names and values in their order.
  ///
  /// What was measured has names only in a dataset with images that were. All images have the same names, and a name has
  /// values of the same type or null, because loaders infer a column's type from all rows of a split.
  var metadata: [(name: String, value: DatasetValue)] {
    [
      ("emotion", .text(label?.rawValue)),
      ("emotion_index", .whole(label?.index)),
      ("emotion_weights", .weights(subject.emotion?.weights)),
      ("emotion_spec", .text(subject.emotion?.description ?? "")),
      ("prompt", .text(subject.emotion == nil ? "" : subject.words)),
      ("text", .text(subject.emotion == nil ? subject.words : "")),
      ("negative", .text(negative)),
      ("seed", .whole(Int(seed))),
      ("width", .whole(width)),
      ("height", .whole(height)),
      ("steps", .whole(steps)),
      ("sampler", .text(sampler)),
      ("guidance", .number(guidance)),
      ("shortcuts", .text(shortcuts)),
      ("batch", .whole(batch)),
      ("index", .whole(index)),
      ("sha256", .text(sha256)),
      ("model", .text(model)),
      ("model_digest", .text(modelDigest)),
      ("engine_kind", .text(engineKind)),
      ("generator", .text(generator)),
    ]
      + (measured.map { measured in
        [
          ("measured_emotion", .text(measured.emotion?.rawValue)),
          ("measured_weights", .weights(measured.emotions)),
          ("measured_content", .number(measured.content)),
          ("measured_attribute", .text(measured.attribute)),
          ("perceptual_hash", .text(measured.hash)),
        ]
      } ?? [])
  }

  /// The image's line of a JSON Lines file.
  ///
  /// - Parameter file: its path from the file's folder; nil where the image lies beside the line.
  func row(file: String?) -> String {
    var row = JSONLine()
    if let file { row.add("file_name", file) }
    for (name, value) in metadata {
      switch value {
      case .text(let text): row.add(name, text)
      case .whole(let number): row.add(name, number)
      case .number(let number): row.add(name, number)
      case .weights(let numbers): row.add(name, numbers)
      }
    }
    return row.line
  }
}
