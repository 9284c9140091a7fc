import Checkpoints
import Engine
import Vocabulary

/// An attribute's confidence for each emotion, as a release states it.
struct ConfidenceRow {
  let attribute: String
  /// In EmoSet's order.
  let values: [Float]

  /// The rows of a dict from attributes to eight numbers (numpy or Python) or to a dict from emotions to numbers; nil
  /// if the object has another form.
  static func rows(_ value: PickleValue) -> [ConfidenceRow]? {
    guard case .dict(let items) = value, !items.isEmpty else { return nil }
    var rows: [ConfidenceRow] = []
    for (key, value) in items {
      guard case .string(let attribute) = key, let values = numbers(value) else { return nil }
      rows.append(ConfidenceRow(attribute: attribute, values: values))
    }
    return rows
  }

  private static func numbers(_ value: PickleValue) -> [Float]? {
    let count = Emotion.allCases.count
    switch value {
    case .tensor(let tensor): return tensor.shape == [count] ? tensor.values : nil
    case .list(let items), .tuple(let items):
      let values = items.compactMap(number)
      return items.count == count && values.count == count ? values : nil
    case .dict(let items):
      var found: [Emotion: Float] = [:]
      for (key, value) in items {
        guard case .string(let name) = key, let emotion = Emotion(rawValue: name.lowercased()),
          let number = number(value), found.updateValue(number, forKey: emotion) == nil
        else { return nil }
      }
      let values = Emotion.allCases.compactMap { found[$0] }
      return values.count == count ? values : nil
    default: return nil
    }
  }

  private static func number(_ value: PickleValue) -> Float? {
    switch value {
    case .double(let value): Float(value)
    case .int(let value): Float(value)
    case .tensor(let tensor): tensor.count == 1 ? tensor.values.first : nil
    default: nil
    }
  }
}
