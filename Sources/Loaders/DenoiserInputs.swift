/// What the channels of a U-Net say about the kind of model.
enum DenoiserInputs {
  /// Relatives of Stable Diffusion by the number of channels that their U-Net takes beside the noisy latents.
  private static let kinds = [
    1: "a depth-to-image model", 3: "an upscaling model", 4: "an image-editing model (InstructPix2Pix)",
    5: "an inpainting model",
  ]

  /// Why a U-Net with these channels cannot render from a text alone; nil if it can.
  ///
  /// - Parameter latents: number of channels of the VAE's latents.
  static func refusal(inputs: Int, outputs: Int, latents: Int) -> String? {
    guard inputs == latents else {
      guard inputs > latents else {
        return
          "has a U-Net that takes \(inputs) channels, fewer than the \(latents) latent ones of its VAE: they belong to "
          + "different models"
      }
      let kind = kinds[inputs - latents] ?? "a model that is conditioned on a picture"
      return
        "is \(kind), whose U-Net takes \(inputs) channels instead of \(latents) latent ones: only text-to-image models "
        + "are supported"
    }
    guard outputs == latents else {
      return
        "has a U-Net that returns \(outputs) channels instead of \(latents) latent ones"
        + (outputs == 2 * latents ? ", as models that learn the variance" : "")
        + ": only text-to-image models of the 1.x and 2.x families are supported"
    }
    return nil
  }
}
