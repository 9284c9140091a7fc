import Files

/// The splits of a dataset and their shares, written as `train=0.8,validation=0.1,test=0.1`.
package struct DatasetSplits: Sendable, Equatable {
  /// The splits that loaders know, in the order in which they are written.
  package static let names = ["train", "validation", "test"]
  /// Only a training split.
  package static let trainOnly = DatasetSplits(parts: [Part(name: "train", share: one)])

  struct Part: Sendable, Equatable {
    let name: String
    /// The share in billionths, so that shares of a count are exact.
    let share: Int
  }

  static let one = 1_000_000_000

  /// The splits in the order of `names`; their shares sum to `one`.
  let parts: [Part]

  private init(parts: [Part]) { self.parts = parts }

  /// - Throws: `DatasetError` with the error in `text` and the accepted form.
  package init(parsing text: String) throws {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(
        .badInput, "\(problem) in the split '\(text)': write for example train=0.8,validation=0.1,test=0.1")
    }
    var shares: [String: Int] = [:]
    for term in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = term.split(separator: "=", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
      guard sides.count == 2 else { throw refuse("'\(term)' is not NAME=SHARE") }
      guard Self.names.contains(sides[0]) else {
        throw refuse("unknown name '\(sides[0])' (use \(Self.names.joined(separator: ", ")))")
      }
      guard shares[sides[0]] == nil else { throw refuse("'\(sides[0])' occurs twice") }
      guard let share = Self.billionths(sides[1]), share > 0, share <= Self.one else {
        throw refuse("'\(sides[1])' is not a share above 0 and up to 1, with at most nine decimals,")
      }
      shares[sides[0]] = share
    }
    let sum = shares.values.reduce(0, +)
    guard sum == Self.one else { throw refuse("the shares add up to \(Self.decimal(sum)) instead of 1") }
    parts = Self.names.compactMap { name in shares[name].map { Part(name: name, share: $0) } }
  }

  /// A share with a digit after the point: `80.5 %`.
  package static func percent(_ share: Double) -> String {
    let tenths = Int((min(max(share, 0), 1) * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// `0.25` as 250,000,000.
  private static func billionths(_ text: String) -> Int? {
    let sides = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(sides.count), (1...2).contains(sides[0].count) || (sides[0].isEmpty && sides.count == 2),
      sides.joined().utf8.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    let fraction = sides.count == 2 ? sides[1] : "0"
    guard (1...9).contains(fraction.count) else { return nil }
    let digits = fraction + String(repeating: "0", count: 9 - fraction.count)
    guard let whole = Int(sides[0].isEmpty ? "0" : sides[0]), let part = Int(digits) else { return nil }
    return whole * one + part
  }

  private static func decimal(_ billionths: Int) -> String {
    var fraction = String(String(billionths % one + one).dropFirst())
    while fraction.last == "0" { fraction.removeLast() }
    return "\(billionths / one)" + (fraction.isEmpty ? "" : ".\(fraction)")
  }
}
