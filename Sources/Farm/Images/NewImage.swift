package import Vocabulary

/// A worker's report on an image whose file is durable.
package struct NewImage: Hashable, Sendable {
  /// The batch index.
  package let index: Int
  package let seed: UInt64
  /// The digest of the specification that the worker rendered, as its claim said.
  package let specSHA256: [UInt8]
  /// The digest of the model that rendered it.
  package let modelDigest: String
  /// The file's digest in hexadecimal.
  package let sha256: String
  /// The digest of the RGB pixels in hexadecimal.
  package let rgbSHA256: String
  /// The file's size.
  package let bytes: Int
  /// Denoising steps that were run.
  package let actualSteps: Int
  /// The engine kind that rendered it.
  package let engine: String
  /// Rendering time.
  package let seconds: Double
  /// What the batch's classifiers see in it; nil if the batch has none.
  package let measurement: ImageMeasurement?
  /// Which of its slot's tries it is, from 0.
  package let trial: Int
  /// Why it does not count; nil if it does.
  package let rejection: Rejection?

  package init(
    index: Int, seed: UInt64, specSHA256: [UInt8], modelDigest: String, sha256: String, rgbSHA256: String, bytes: Int,
    actualSteps: Int, engine: String, seconds: Double, measurement: ImageMeasurement? = nil,
    trial: Int = 0, rejection: Rejection? = nil
  ) {
    self.index = index
    self.seed = seed
    self.specSHA256 = specSHA256
    self.modelDigest = modelDigest
    self.sha256 = sha256
    self.rgbSHA256 = rgbSHA256
    self.bytes = bytes
    self.actualSteps = actualSteps
    self.engine = engine
    self.seconds = seconds
    self.measurement = measurement
    self.trial = trial
    self.rejection = rejection
  }
}
