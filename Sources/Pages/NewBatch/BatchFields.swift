import Files
import Vocabulary

/// What a form asks of a new batch, and the specification that it becomes.
struct BatchFields {
  var name = ""
  var model = ""
  var emotions: Set<String> = []
  /// One a line.
  var prompts = ""
  var count = "10"
  var seed = ""
  var steps = ""
  /// Whether images are signed, which needs a worker with a key.
  var sign = false

  init() {}

  init(_ form: FormFields) {
    name = form["name"] ?? ""
    model = form["model"] ?? ""
    emotions = Set(form.all("emotion"))
    prompts = form["prompts"] ?? ""
    count = form["count"] ?? ""
    seed = form["seed"] ?? ""
    steps = form["steps"] ?? ""
    sign = form["sign"] != nil
  }

  /// The specification in YAML. Values are written as they were given: reading the text says what is wrong with them.
  var specification: String {
    let chosen = Emotion.names.filter(emotions.contains)
    let words = chosen.count == Emotion.names.count ? "all emotions" : chosen.joined(separator: ", ")
    var lines = ["name: \(Self.text(name.isEmpty ? words : name))"]
    if !model.isEmpty { lines.append("model: \(Self.text(model))") }
    if !seed.isEmpty { lines.append("seed: \(Self.number(seed))") }
    if !steps.isEmpty || sign { lines.append("settings:") }
    if !steps.isEmpty { lines.append("  steps: \(Self.number(steps))") }
    if sign { lines.append("  sign: true") }
    lines += [
      "cells:", "  - emotions: \(chosen.count == Emotion.names.count ? "all" : "[\(chosen.joined(separator: ", "))]")",
    ]
    let prompts = prompts.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " } }
      .filter { !$0.isEmpty }
    if !prompts.isEmpty { lines += ["    prompts:"] + prompts.map { "      - \(Self.text(String($0)))" } }
    lines.append("    count: \(Self.number(count))")
    return lines.joined(separator: "\n") + "\n"
  }

  /// A JSON string is YAML.
  private static func text(_ text: String) -> String { JSONString.quoted(text, .line) }

  private static func number(_ text: String) -> String {
    let isNumber = !text.isEmpty && text.utf8.count <= 20 && text.utf8.allSatisfy { (48...57).contains($0) }
    return isNumber ? text : Self.text(text)
  }
}
