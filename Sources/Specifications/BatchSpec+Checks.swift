import Files
import Vocabulary

extension BatchSpec {
  /// Checks that every value is within its limits, whether it came from a file or from flags.
  ///
  /// - Throws: ``BatchSpecError`` that names the key, the value and what is accepted.
  package func check() throws(BatchSpecError) {
    try Self.check(text: name, "name", limit: Limits.nameLength, empty: false)
    if let model { try Self.check(text: model, "model", limit: Limits.nameLength, empty: false) }
    if let key { try Self.check(text: key, "key", limit: Limits.nameLength, empty: false) }
    try Self.check(seed, in: Limits.seed, "seed")
    try Self.check(priority, in: Limits.priority, "priority")
    try Self.check(chunk, in: Limits.chunk, "chunk")
    try Self.check(maxAttempts, in: Limits.attempts, "max_attempts")
    do { _ = try Labels.parse(require, "require") } catch { throw BatchSpecError(error.description) }
    if let measure { try Self.check(measure, "measure") }
    if training == nil { try acceptance?.check(measures: measure != nil) }
    try Self.check(settings, "settings.")
    if let training { return try check(training) }
    guard !cells.isEmpty else { throw BatchSpecError("cells is empty: a batch needs at least one cell") }
    var images = 0
    var made = 0
    for (position, cell) in cells.enumerated() {
      try cell.check("cells[\(position)].")
      if acceptance?.emotionProbability != nil, !cell.texts.isEmpty {
        throw BatchSpecError(
          "cells[\(position)].text is plain text, for which accept.emotion_probability has no emotion: enqueue it by itself"
        )
      }
      let (all, overflow) = cell.count.multipliedReportingOverflow(by: cell.subjectCount)
      images = overflow ? .max : images.addingReportingOverflow(all).overflow ? .max : images + all
      made += cell.subjectCount
      guard made <= Limits.cells else {
        throw BatchSpecError("cells expand to more than \(Limits.cells) cells: split the batch")
      }
      guard images <= Limits.images else {
        throw BatchSpecError("the batch has more than \(Limits.images) images: split it")
      }
    }
  }

  private func check(_ training: TrainingPlan) throws(BatchSpecError) {
    let others = [
      ("model", model == nil), ("chunk", chunk == Self.defaultChunk), ("measure", measure == nil),
      ("accept", acceptance == nil),
      ("settings", settings == SettingsOverride()), ("cells", cells.isEmpty),
    ]
    if let other = others.first(where: { !$0.1 }) {
      throw BatchSpecError("\(other.0) belongs to a batch of images: a training has none")
    }
    do {
      try training.check()
    } catch {
      throw BatchSpecError("training.\(error)")
    }
  }

  package static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String
  ) throws(BatchSpecError) {
    do { try SettingError.check(value, in: range, key) } catch { throw BatchSpecError(error.description) }
  }

  static func check(text: String, _ key: String, limit: Int, empty: Bool) throws(BatchSpecError) {
    do {
      try SettingError.check(text: text, key, limit: limit, empty: empty)
    } catch {
      throw BatchSpecError(error.description)
    }
  }

  private static func check(_ folder: AddedFile, _ key: String) throws(BatchSpecError) {
    try check(text: folder.path, key, limit: Limits.textLength, empty: false)
    guard let digest = folder.sha256 else { return }
    guard digest.utf8.count == 64, Hex.decode(digest) != nil, digest == digest.lowercased() else {
      throw BatchSpecError("\(key).sha256 is '\(digest)': expected 64 hexadecimal digits in lower case")
    }
  }

  /// - Parameter path: the prefix of the settings' keys, such as `cells[3].`.
  static func check(_ settings: SettingsOverride, _ path: String) throws(BatchSpecError) {
    do { try settings.check() } catch { throw BatchSpecError("\(path)\(error)") }
  }
}

extension CellSpec {
  func check(_ path: String) throws(BatchSpecError) {
    guard emotions.isEmpty != texts.isEmpty else {
      throw BatchSpecError(
        "\(path.dropLast()) needs either emotion (or emotions) or text (or texts), but not both")
    }
    guard !prompts.isEmpty else { throw BatchSpecError("\(path)prompts is empty") }
    guard texts.isEmpty || prompts == [""] else {
      throw BatchSpecError("\(path)prompt goes with an emotion, not with text: put all words into text")
    }
    for prompt in prompts {
      try BatchSpec.check(text: prompt, "\(path)prompt", limit: Limits.textLength, empty: true)
    }
    for text in texts { try BatchSpec.check(text: text, "\(path)text", limit: Limits.textLength, empty: true) }
    try BatchSpec.check(count, in: Limits.count, "\(path)count")
    try BatchSpec.check(settings, path)
  }
}
