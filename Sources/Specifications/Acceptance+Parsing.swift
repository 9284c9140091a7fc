import Files
import Vocabulary

extension Acceptance {
  init(_ node: SpecNode) throws(BatchSpecError) {
    let entries = try node.mapping(keys: BatchSpec.Keys.accept)
    func isAsked(_ key: CodingKeys) throws(BatchSpecError) -> Bool {
      guard let value = entries[key.rawValue] else { return false }
      return try value.boolean()
    }
    self.init(
      decodes: try isAsked(.decodes), notBlank: try isAsked(.notBlank),
      emotionProbability: try entries["emotion_probability"]?.number(), content: try entries["content"]?.number(),
      noDuplicate: try entries["no_duplicate"]?.number(),
      tries: try entries["tries"]?.integer() ?? 3)
    if let shortage = entries["on_shortage"] { onShortage = try shortage.name() }
  }

  /// - Parameter measures: whether the batch has classifiers.
  func check(measures: Bool) throws(BatchSpecError) {
    guard decodes || notBlank || usesClassifiers || noDuplicate != nil else {
      let names = Criterion.specified.map(\.rawValue).joined(separator: ", ")
      throw BatchSpecError("accept names no criterion: use one or more of \(names)")
    }
    try BatchSpec.check(tries, in: 1...Self.mostTries, "accept.tries")
    let numbers = [
      ("emotion_probability", emotionProbability, 0...1), ("content", content, 0...1),
      ("no_duplicate", noDuplicate, Self.duplicateBounds),
    ]
    for (key, value, bounds) in numbers {
      guard let value else { continue }
      guard value.isFinite else { throw BatchSpecError("accept.\(key) is \(value), but must be finite") }
      try BatchSpec.check(value, in: bounds, "accept.\(key)")
      guard measures else {
        throw BatchSpecError(
          "accept.\(key) is decided by what is measured of an image: name a folder of classifiers with measure")
      }
    }
  }
}
