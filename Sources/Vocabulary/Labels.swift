/// The labels that a batch requires and a worker has, such as `gpu` or `large`: words that an operator chooses.
package enum Labels {
  /// The largest number of labels of a batch or a worker.
  package static let limit = 32
  /// The most characters of a label.
  package static let length = 64

  /// Labels from texts that may each name several, separated by commas. The result is sorted and names each once.
  ///
  /// - Parameter key: the setting or flag that they come from.
  /// - Throws: `SettingError` that names the wrong label and what is accepted.
  package static func parse(_ texts: [String], _ key: String) throws(SettingError) -> [String] {
    var labels: Set<String> = []
    for text in texts {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let label = part.trimmed
        guard let first = label.first, isWord(first), label.allSatisfy({ isWord($0) || "_.-=".contains($0) }),
          label.count <= length
        else {
          throw SettingError(
            key,
            "has the label '\(label)', but labels are words of up to \(length) letters, digits and _ . - =, separated "
              + "by commas")
        }
        labels.insert(label)
      }
    }
    guard labels.count <= limit else {
      throw SettingError(key, "has \(labels.count) labels, but at most \(limit) are accepted")
    }
    return labels.sorted()
  }

  private static func isWord(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber)
  }
}

extension Substring {
  /// Without spaces at both ends.
  fileprivate var trimmed: String {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
