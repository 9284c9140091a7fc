import Crypto
import Files
package import Vocabulary

/// One image of a dataset: its file, its subject and its settings.
package struct DatasetImage: Sendable, Equatable {
  /// The PNG's path.
  package var source: String
  /// Bytes of the PNG.
  package var bytes: Int
  /// SHA-256 of the PNG, lower-case hexadecimal.
  package var sha256: String
  /// The number of its batch.
  package var batch: Int
  /// The image's position in its batch, from which the exported file is named.
  package var index: Int
  /// What tells images of several batches apart in files' names: `7-`; empty in a dataset of one batch.
  var qualifier = ""
  /// Of the exported file's name.
  var suffix = "png"
  /// What was asked for.
  package var subject: Subject
  package var negative: String
  package var seed: UInt64
  /// Pixels.
  package var width: Int
  /// Pixels.
  package var height: Int
  /// Denoising steps that ran.
  package var steps: Int
  package var sampler: String
  package var guidance: Double
  /// The shortcuts that traded fidelity for speed, in words; "" if there are none.
  package var shortcuts: String
  /// Files added to the model and other settings that most images leave at their defaults, in words; "" if there are
  /// none.
  package var extras: String
  package var model: String
  package var modelDigest: String
  package var engineKind: String
  /// The program that rendered the image, such as "EmoFarm 0.1.0".
  package var generator: String
  /// What was measured of the image where it was made; nil in a dataset whose images were not measured.
  package var measured: Measured?

  /// Values that were measured; all nil for an image that was not, in a dataset of others that were.
  package struct Measured: Sendable, Equatable {
    /// The probabilities of the eight emotions in EmoSet's order.
    package var emotions: [Double]?
    /// The surest content classifier's probability; nil also without such a classifier.
    package var content: Double?
    /// The class that the attribute classifier finds most probable; nil also without that classifier.
    package var attribute: String?
    /// The perceptual hash, in hexadecimal.
    package var hash: String?

    package init(emotions: [Double]? = nil, content: Double? = nil, attribute: String? = nil, hash: String? = nil) {
      self.emotions = emotions
      self.content = content
      self.attribute = attribute
      self.hash = hash
    }

    /// The most probable emotion; the first of equals.
    var emotion: Emotion? {
      guard let emotions, emotions.count == Emotion.allCases.count else { return nil }
      return Emotion.allCases.max { (emotions[$0.index], -$0.index) < (emotions[$1.index], -$1.index) }
    }
  }

  package init(
    source: String, bytes: Int, sha256: String, batch: Int, index: Int, subject: Subject, negative: String,
    seed: UInt64,
    width: Int, height: Int, steps: Int, sampler: String,
    guidance: Double, shortcuts: String = "", extras: String = "", model: String, modelDigest: String,
    engineKind: String,
    generator: String, measured: Measured? = nil
  ) {
    self.source = source
    self.bytes = bytes
    self.sha256 = sha256
    self.batch = batch
    self.index = index
    self.subject = subject
    self.negative = negative
    self.seed = seed
    self.width = width
    self.height = height
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.shortcuts = shortcuts
    self.extras = extras
    self.model = model
    self.modelDigest = modelDigest
    self.engineKind = engineKind
    self.generator = generator
    self.measured = measured
  }

  /// The label; nil for an image of plain text.
  package var label: Emotion? { subject.emotion?.dominant }

  /// The SHA-256 of a file's bytes in the form of `sha256`.
  package static func digest(of bytes: [UInt8]) -> String {
    Hex.encode(SHA256.hash(data: bytes))
  }

  /// What the exported file is named, without a suffix: the index with at least six digits, in a dataset of several
  /// batches after the batch's number.
  var stem: String { qualifier + DatasetLayout.digits(index, 6) }

  /// The image in messages.
  var title: String { qualifier.isEmpty ? "image \(index)" : "image \(index) of batch \(batch)" }

  /// The exported file's name.
  var fileName: String { "\(stem).\(suffix)" }

  /// Refuses values that loaders cannot read.
  func check() throws {
    guard index >= 0, batch >= 0 else {
      throw DatasetError(.badInput, "an image has the index \(index) in batch \(batch)")
    }
    guard seed <= Int64.max else {
      throw DatasetError(
        .badInput, "image \(index) has the seed \(seed), but the largest that loaders can read is 2⁶³ − 1")
    }
    guard guidance.isFinite else { throw DatasetError(.badInput, "image \(index) has the guidance \(guidance)") }
  }
}
