/// A split of EmoSet, named like its file.
package enum EmoSetSplit: String, Sendable, CaseIterable, Comparable {
  case train, val, test

  /// The file of its rows, relative to the dataset's folder.
  package var file: String { "\(rawValue).json" }

  package static func < (left: EmoSetSplit, right: EmoSetSplit) -> Bool {
    guard let first = allCases.firstIndex(of: left), let second = allCases.firstIndex(of: right) else { return false }
    return first < second
  }
}
