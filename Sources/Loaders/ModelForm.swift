import Checkpoints
import Diffusion
import Models

/// A form in which base models are stored, such as a folder in diffusers' layout.
protocol ModelForm: Sendable {
  /// The absolute path of the folder or file.
  var path: String { get }
  var unet: UNetConfiguration { get }
  var vae: AutoencoderConfiguration { get }
  var text: CLIPTextConfiguration { get }
  var scheduler: SchedulerConfiguration { get }

  /// Opens the weights of one part under the canonical names of their tensors; `Weights.files` are named as in `files`.
  func weights(_ part: ModelPart) throws -> Weights
  func tokenizer() throws -> CLIPTokenizer
  /// The names of all files that determine the images, relative to `root`.
  func files() throws -> [String]
  /// The folder to which `files` are relative.
  var root: String { get }
  /// Steps and guidance if the model's pipeline has defaults of its own.
  var pipelineDefaults: (steps: Int, guidance: Double)? { get }
  /// The configuration and tokenizer files of the same model in diffusers' layout, by their place in it.
  func documents() throws -> [String: [UInt8]]
  /// What was assumed or left out and deserves a word.
  var notes: [String] { get }
}

extension ModelForm {
  var pipelineDefaults: (steps: Int, guidance: Double)? { nil }
}
