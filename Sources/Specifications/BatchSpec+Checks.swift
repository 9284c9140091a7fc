import Vocabulary

extension BatchSpec {
  /// Holds every value to its limits, whether it came from a file or from flags.
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
    try settings.check("settings.")
    if let training { return try check(training) }
    guard !cells.isEmpty else { throw BatchSpecError("cells is empty: a batch needs at least one cell") }
    var images = 0
    var made = 0
    for (position, cell) in cells.enumerated() {
      try cell.check("cells[\(position)].")
      let (all, overflow) = cell.count.multipliedReportingOverflow(by: cell.subjectCount)
      images = overflow ? .max : images.addingReportingOverflow(all).overflow ? .max : images + all
      made += cell.subjectCount
      guard made <= Limits.cells else {
        throw BatchSpecError("cells multiply out to more than \(Limits.cells) cells: split the batch")
      }
      guard images <= Limits.images else {
        throw BatchSpecError("the batch has more than \(Limits.images) images: split it")
      }
    }
  }

  private func check(_ training: TrainingPlan) throws(BatchSpecError) {
    let others = [
      ("model", model == nil), ("chunk", chunk == Self.defaultChunk), ("settings", settings == SettingsOverride()),
      ("cells", cells.isEmpty),
    ]
    if let other = others.first(where: { !$0.1 }) {
      throw BatchSpecError("\(other.0) belongs to a batch of images: a training has none")
    }
    do {
      try training.check()
    } catch {
      throw BatchSpecError("training.\(error.key) \(error.message)")
    }
  }

  package static func check<Value: Comparable>(
    _ value: Value, in range: ClosedRange<Value>, _ key: String
  ) throws(BatchSpecError) {
    guard range.contains(value) else {
      throw BatchSpecError("\(key) is \(value), but must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  static func check(text: String, _ key: String, limit: Int, empty: Bool) throws(BatchSpecError) {
    guard empty || !text.isEmpty else { throw BatchSpecError("\(key) is empty") }
    guard text.count <= limit else {
      throw BatchSpecError("\(key) has \(text.count) characters, but at most \(limit) are accepted")
    }
    guard !text.utf8.contains(0) else { throw BatchSpecError("\(key) contains a NUL character") }
  }
}

extension SettingsOverride {
  func check(_ path: String) throws(BatchSpecError) {
    if let size {
      try BatchSpec.check(size.width, in: Limits.side, "\(path)size: the width")
      try BatchSpec.check(size.height, in: Limits.side, "\(path)size: the height")
    }
    if let steps { try BatchSpec.check(steps, in: Limits.steps, "\(path)steps") }
    if let guidance {
      guard guidance.isFinite else { throw BatchSpecError("\(path)guidance is \(guidance), but must be finite") }
      try BatchSpec.check(guidance, in: Limits.guidance, "\(path)guidance")
    }
    if let reuse { try BatchSpec.check(reuse, in: Limits.reuse, "\(path)reuse") }
    if let negative {
      try BatchSpec.check(text: negative, "\(path)negative", limit: Limits.textLength, empty: true)
    }
  }
}

extension CellSpec {
  func check(_ path: String) throws(BatchSpecError) {
    guard emotions.isEmpty != texts.isEmpty else {
      throw BatchSpecError(
        "\(path.dropLast()) needs either emotion (or emotions) or text (or texts), and not both of them")
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
    try settings.check(path)
  }
}
