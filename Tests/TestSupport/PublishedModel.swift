import Foundation

/// Models whose text encoders have the token ids of all published configurations of Stable Diffusion 1.x and 2.x.
package enum PublishedModel {
  /// Creates a copy of the shipped model with `bos_token_id` 0, `eos_token_id` 2 and `pad_token_id` 1 in both text
  /// configurations, whatever the tokenizer's ids are.
  ///
  /// - Parameter path: a folder that does not exist yet; all files but the configurations are links.
  package static func make(at path: String) throws {
    let files = FileManager.default
    let source = SourceTree.tinyModel
    try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    for part in try files.contentsOfDirectory(atPath: source) where !["clip", "text_encoder"].contains(part) {
      try files.createSymbolicLink(atPath: "\(path)/\(part)", withDestinationPath: "\(source)/\(part)")
    }
    for part in ["clip", "text_encoder"] {
      try files.createDirectory(atPath: "\(path)/\(part)", withIntermediateDirectories: true)
      for file in try files.contentsOfDirectory(atPath: "\(source)/\(part)") where file != "config.json" {
        try files.createSymbolicLink(
          atPath: "\(path)/\(part)/\(file)", withDestinationPath: "\(source)/\(part)/\(file)")
      }
      let data = try Data(contentsOf: URL(filePath: "\(source)/\(part)/config.json"))
      guard var config = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
        throw GoldenError(description: "\(source)/\(part)/config.json is not a JSON object")
      }
      let published = ["bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1]
      if let text = config["text_config"] as? [String: Any] {
        config["text_config"] = text.merging(published) { $1 }
      } else {
        config.merge(published) { $1 }
      }
      try JSONSerialization.data(withJSONObject: config).write(to: URL(filePath: "\(path)/\(part)/config.json"))
    }
  }

  /// Writes the text encoder's and the tokenizer's configuration of a published model, and a small vocabulary in which
  /// the special tokens and `!` have CLIP's ids.
  ///
  /// - Parameters:
  ///   - name: the model's name in `Tests/Fixtures/models/published.json`.
  ///   - path: an existing folder.
  package static func writeText(of name: String, to path: String) throws {
    let data = try Data(contentsOf: URL(filePath: SourceTree.fixture("models/published.json")))
    guard let all = try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]], let model = all[name]
    else { throw GoldenError(description: "published.json has no '\(name)'") }
    for (file, part) in [
      ("config.json", "text_encoder"), ("tokenizer_config.json", "tokenizer_config"),
      ("special_tokens_map.json", "special_tokens_map"),
    ] {
      try JSONSerialization.data(withJSONObject: model[part] ?? [:]).write(to: URL(filePath: "\(path)/\(file)"))
    }
    var vocabulary = ["!": 0, "<|startoftext|>": 49406, "<|endoftext|>": 49407]
    for (index, letter) in "abcdefghijklmnopqrstuvwxyz".enumerated() {
      vocabulary[String(letter)] = 64 + index
      vocabulary["\(letter)</w>"] = 320 + index
    }
    try JSONEncoder().encode(vocabulary).write(to: URL(filePath: "\(path)/vocab.json"))
    try Data("#version: 0.2\n".utf8).write(to: URL(filePath: "\(path)/merges.txt"))
  }
}
