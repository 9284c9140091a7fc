import Checkpoints
package import Diffusion
import Loaders
package import Models

/// Loads single networks of a folder, for training; `EmoGenPipeline.load` reads all of them.
extension ModelFolder {
  /// - Throws: `CheckpointError` naming the file and the line or key.
  package func tokenizer() throws -> CLIPTokenizer { try base.tokenizer() }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func textEncoder() throws -> CLIPTextEncoder {
    try CLIPTextEncoder(base.weights(.textEncoder), text)
  }

  /// - Throws: `CheckpointError` naming the file and the tensor, or that the VAE is an `AutoencoderTiny`.
  package func autoencoder() throws -> VAE { try Autoencoder(base.weights(.vae), vae).trainable() }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func denoiser() throws -> UNet { try UNet(base.weights(.unet), unet) }

  /// The noise schedule that the denoiser was trained with.
  ///
  /// - Throws: `SamplerError` if the scheduler's betas do not form a schedule.
  package func process() throws -> ForwardProcess { try ForwardProcess(scheduler) }
}
