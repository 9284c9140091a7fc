/// A line of `metrics.jsonl`.
package struct LoggedStep: Codable, Sendable {
  /// Finished steps.
  let step: Int
  /// Since the line before, or since the run went on.
  let seconds: Double
  let rate: Double
  let gradientNorm: Double
  let figures: [String: Double]
  let evaluation: [String: Double]?
  /// Samples a second; of lines that this program's first versions wrote, unknown.
  let samplesPerSecond: Double?
  /// When it was written, in seconds since 1970.
  let time: Double?
}
