/// The bounds of everything a user can request. `config/batch.schema.json` repeats them, and a test compares the two.
package enum Limits {
  /// Images per cell.
  package static let count = 1...10_000_000
  /// Images per batch: indices are 32-bit in the database, and exports name files with nine digits.
  package static let images = 100_000_000
  /// Cells per batch after expansion of all entries.
  package static let cells = 100_000
  /// Denoising steps: a schedule has 1000 timesteps.
  package static let steps = 1...1000
  /// The side length in pixels.
  package static let side = 8...2048
  /// Images per job.
  package static let chunk = 1...64
  package static let attempts = 1...100
  package static let priority = -100...100
  /// Of a user.
  package static let weight = 0.001...1000.0
  /// Running jobs of a user or on a host.
  package static let cap = 0...1_000_000
  package static let guidance = 0.0...1000.0
  /// Denoiser calls per evaluation of its inner levels.
  package static let reuse = 1...100
  /// 1 is the text encoder's last layer.
  package static let clipSkip = 1...32
  /// The part of the noise schedule that an image from a picture runs through.
  package static let strength = 0.01...1.0
  /// The part of the noise that a step of ddim or tcd adds anew.
  package static let eta = 0.0...1.0
  package static let loraWeight = -100.0...100.0
  /// LoRAs or embeddings of one request.
  package static let addedFiles = 32
  package static let seed: ClosedRange<UInt64> = 0...UInt64(Int64.max)
  /// Characters in a name, key, prompt or text.
  package static let nameLength = 200
  package static let textLength = 10_000
  /// The size of a specification file in bytes.
  package static let fileBytes = 32 << 20
}
