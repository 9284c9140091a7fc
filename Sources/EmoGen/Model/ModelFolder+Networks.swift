import Checkpoints
package import Diffusion
package import Models

/// Loads single networks of a folder, for training; `EmoGenPipeline.load` reads all of them.
extension ModelFolder {
  /// - Throws: `CheckpointError` naming the file and the line or key.
  package func tokenizer() throws -> CLIPTokenizer { try CLIPTokenizer(folder: "\(path)/tokenizer") }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func textEncoder() throws -> CLIPTextEncoder {
    try CLIPTextEncoder(.open(folder: "\(path)/text_encoder"), text)
  }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func autoencoder() throws -> VAE { try VAE(.open(folder: "\(path)/vae"), vae) }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func denoiser() throws -> UNet { try UNet(.open(folder: "\(path)/unet"), unet) }

  /// The noise schedule that the denoiser was trained with.
  ///
  /// - Throws: `SamplerError` if the scheduler's betas do not form a schedule.
  package func process() throws -> ForwardProcess { try ForwardProcess(scheduler) }
}
