import Foundation

/// Everything that determines a run: its stage, options and inputs. Runs with different identities are different runs.
package struct RunIdentity: Equatable {
  let stage: String
  /// The options as JSON with sorted keys.
  let options: String
  /// A description of the inputs, such as a dataset's folder or digests.
  let inputs: String

  /// Options that change what is written and when, but not the weights.
  private static let harmless: Set<String> = ["checkpointEvery", "evaluateEvery", "logEvery"]

  package init(stage: String, options: TrainingOptions, inputs: String) throws {
    self.stage = stage
    self.inputs = inputs
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    self.options = String(decoding: try encoder.encode(options), as: UTF8.self)
  }

  /// The form stored in checkpoints: stage, options and inputs in one line.
  var text: String { "\(stage) \(options) \(inputs)" }

  /// Parses ``text``; nil if the format does not match.
  init?(text: String) {
    guard let space = text.firstIndex(of: " ") else { return nil }
    let rest = text[text.index(after: space)...]
    var depth = 0
    var end: String.Index?
    for index in rest.indices {
      if rest[index] == "{" { depth += 1 }
      if rest[index] == "}" { depth -= 1 }
      if depth == 0 {
        end = index
        break
      }
    }
    guard rest.first == "{", let end else { return nil }
    stage = String(text[..<space])
    options = String(rest[...end])
    inputs = String(rest[rest.index(after: end)...].dropFirst())
  }

  /// Describes how another run differs from this one in ways that change the weights.
  func differences(from other: RunIdentity) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ mine: String?, _ its: String?) {
      if mine != its { found.append("\(name) (\(its ?? "unset") there, \(mine ?? "unset") now)") }
    }
    compare("stage", stage, other.stage)
    let mine = Self.flat(options)
    let its = Self.flat(other.options)
    for key in Set(mine.keys).union(its.keys).sorted() where !Self.harmless.contains(key) {
      compare(key, mine[key], its[key])
    }
    compare("inputs", "'\(inputs)'", "'\(other.inputs)'")
    return found
  }

  /// The leaves of a JSON object by path.
  private static func flat(_ json: String) -> [String: String] {
    var leaves: [String: String] = [:]
    func visit(_ value: Any, _ path: String) {
      if let object = value as? [String: Any] {
        for (key, inner) in object { visit(inner, path.isEmpty ? key : "\(path).\(key)") }
      } else {
        leaves[path] = "\(value)"
      }
    }
    if let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) { visit(object, "") }
    return leaves
  }
}
