/// The part of the noise schedule in which guidance is applied. Outside it, the unconditional pass is skipped.
///
/// The bounds are fractions of the trained timesteps, 0 for clean and 1 for noise. Source: Kynkäänniemi et al.,
/// "Applying Guidance in a Limited Interval Improves Sample and Distribution Quality in Diffusion Models", 2024.
package struct GuidanceInterval: Hashable, Sendable {
  package let lower: Double
  package let upper: Double

  package static let whole = GuidanceInterval(lower: 0, upper: 1)

  private init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// Parses `LOWER-UPPER`, such as `0.2-0.8`, with up to four decimals; nil unless 0 ≤ lower < upper ≤ 1.
  package init?(parsing text: String) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ end in end.utf8.allSatisfy { (46...57).contains($0) && $0 != 47 } }),
      let first = Double(ends[0]), let last = Double(ends[1])
    else { return nil }
    let (lower, upper) = ((first * 1e4).rounded() / 1e4, (last * 1e4).rounded() / 1e4)
    guard lower < upper, upper <= 1 else { return nil }
    self.init(lower: lower, upper: upper)
  }

  package func contains(_ share: Double) -> Bool { (lower...upper).contains(share) }
}

extension GuidanceInterval: CustomStringConvertible, Codable {
  package var description: String { "\(lower)-\(upper)" }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let interval = GuidanceInterval(parsing: text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not an interval such as 0.2-0.8"))
    }
    self = interval
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
