/// How a run selects its timesteps from the trained ones, by diffusers' names.
package enum TimestepSpacing: String, CaseIterable, Codable, Hashable, Sendable {
  /// Evenly spaced from the first to the last.
  case linspace
  /// Counted from the first.
  case leading
  /// Counted from the last, as distilled models expect.
  case trailing
}
