package import Vocabulary

/// How an image was made: everything that its bytes depend on, and nothing else.
///
/// Attempt, worker and time belong to the database: the same image made again has the same record.
package struct ProvenanceRecord: Sendable, Equatable {
  /// The version of the record's form that this program writes and reads.
  package static let currentVersion = 1

  /// The program that rendered the image.
  package struct Generator: Sendable, Equatable, Codable {
    package let name: String
    package let version: String

    /// This program.
    package static let current = Generator(version: Program.version)

    package init(name: String = Program.name, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// The request.
  package struct Spec: Sendable, Equatable {
    package let subject: Subject
    package let settings: RenderSettings
    package let seed: UInt64

    package init(subject: Subject, settings: RenderSettings, seed: UInt64) {
      self.subject = subject
      self.settings = settings
      self.seed = seed
    }
  }

  /// The weights that rendered the image.
  package struct Model: Sendable, Equatable, Codable {
    package let name: String
    /// The digest of all weight files together.
    package let digest: String
    /// The files as they were loaded.
    package let files: [ModelFile]

    package init(name: String, digest: String, files: [ModelFile]) {
      self.name = name
      self.digest = digest
      self.files = files
    }
  }

  package let version: Int
  package let generator: Generator
  package let spec: Spec
  /// The sampled emotion vectors, one of D values for each token; empty for plain text.
  package let emotionVector: [[Float]]
  /// SHA-256 of the initial latents if they were given instead of drawn from the seed; see `digest(of:)`.
  package let latentsSHA256: String?
  /// The sampler that ran.
  package let sampler: SamplerName
  /// Denoising steps that ran.
  package let actualSteps: Int
  /// Calls of the denoiser (one for each guided pair); pndm makes one more than its steps, heun twice
  /// as many less one.
  package let networkCalls: Int
  package let model: Model
  /// Instruction set, BLAS and precision: within one kind, the same spec gives the same bytes.
  package let engineKind: String
  /// Pixels.
  package let width: Int
  /// Pixels.
  package let height: Int
  /// SHA-256 of the pixels as `RGBRGB…`, lower-case hexadecimal.
  package let rgbSHA256: String

  package init(
    generator: Generator, spec: Spec, emotionVector: [[Float]], sampler: SamplerName, actualSteps: Int,
    networkCalls: Int, model: Model, engineKind: String, width: Int, height: Int, rgbSHA256: String,
    latentsSHA256: String? = nil
  ) {
    version = Self.currentVersion
    self.generator = generator
    self.spec = spec
    self.emotionVector = emotionVector
    self.sampler = sampler
    self.actualSteps = actualSteps
    self.networkCalls = networkCalls
    self.model = model
    self.engineKind = engineKind
    self.width = width
    self.height = height
    self.rgbSHA256 = rgbSHA256
    self.latentsSHA256 = latentsSHA256
  }
}
