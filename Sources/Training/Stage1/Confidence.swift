package import Engine
import Files
import Foundation

/// Emotion confidence: the probability that an attribute evokes each emotion.
package struct Confidence: Sendable {
  /// Normalised attribute → eight probabilities in EmoSet's order, which sum to 1.
  package let table: [String: [Float]]

  /// Computes α_ij: the classifier's mean probability of emotion i over the images of attribute j.
  ///
  /// - Parameters:
  ///   - probabilities: `[images, emotions]`.
  ///   - attributes: the attributes of each image.
  package init(_ probabilities: Tensor, attributes: [[String]]) {
    let classes = probabilities.channels
    var sums: [String: [Double]] = [:]
    var counts: [String: Int] = [:]
    for (row, names) in attributes.enumerated() {
      for name in Set(names) {
        var sum = sums[name] ?? [Double](repeating: 0, count: classes)
        for index in 0..<classes { sum[index] += Double(probabilities.pointer[row * classes + index]) }
        sums[name] = sum
        counts[name, default: 0] += 1
      }
    }
    table = sums.reduce(into: [:]) { table, entry in
      let total = entry.value.reduce(0, +)
      table[entry.key] = entry.value.map { Float($0 / total) }
    }
  }

  /// Reads `confidence.json`: attribute → emotion → α. Names are lower-cased, and spaces become `_`.
  package init(file: String, emotions: [String]) throws {
    guard let data = FileManager.default.contents(atPath: file),
      let object = try? JSONDecoder().decode([String: [String: Float]].self, from: data)
    else { throw TrainingError("\(file) is missing or is not a table of attribute → emotion → number") }
    table = try object.reduce(into: [:]) { table, entry in
      table[Self.normalised(entry.key)] = try emotions.map { emotion in
        guard let value = entry.value[emotion], value.isFinite, value >= 0, value <= 1 else {
          throw TrainingError("\(file): '\(entry.key)' has no number between 0 and 1 for '\(emotion)'")
        }
        return value
      }
    }
  }

  package static func normalised(_ name: String) -> String { name.lowercased().replacing(" ", with: "_") }

  /// - Parameter spelling: normalised name → written form; names without an entry stay normalised.
  package func write(to file: String, emotions: [String], spelling: [String: String] = [:]) throws {
    var object: [String: [String: Double]] = [:]
    for (name, row) in table {
      object[spelling[name] ?? name] = Dictionary(uniqueKeysWithValues: zip(emotions, row.map { Double($0) }))
    }
    try ConfigurationFile.write(object: object, to: file)
  }
}
