/// The bounds of what people can ask for. `config/batch.schema.json` repeats them, and a test compares the two.
package enum Limits {
  /// Images of one cell.
  package static let count = 1...10_000_000
  /// Images of a batch: indices are 32-bit in the database, and exports name files with nine digits.
  package static let images = 100_000_000
  /// Cells of a batch after all products are multiplied out.
  package static let cells = 100_000
  /// Denoising steps: a schedule has 1000 time steps.
  package static let steps = 1...1000
  /// Pixels of a side.
  package static let side = 8...2048
  /// Images of a job.
  package static let chunk = 1...64
  package static let attempts = 1...100
  package static let priority = -100...100
  package static let guidance = 0.0...1000.0
  /// Calls of the denoiser for one of its inner levels.
  package static let reuse = 1...100
  package static let seed: ClosedRange<UInt64> = 0...UInt64(Int64.max)
  /// Characters of a name, key, prompt or text.
  package static let nameLength = 200
  package static let textLength = 10_000
  /// Bytes of a specification file.
  package static let fileBytes = 32 << 20
}
