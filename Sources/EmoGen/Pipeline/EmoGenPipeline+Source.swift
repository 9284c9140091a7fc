import Checkpoints
import Engine
import Files
import Imaging
import Models
import Vocabulary

extension EmoGenPipeline {
  /// Reads and encodes the picture that a request's images start from; nil if they start from noise.
  ///
  /// - Parameter onLevel: called after each level of the encoder; throwing stops the render.
  /// - Throws: `RenderError` if the picture is not the one asked for, cannot be read, or its latents are not finite.
  func encodedSource(_ settings: RenderSettings, onLevel: () throws -> Void) throws -> LatentDistribution? {
    guard let source = settings.source else { return nil }
    let pixels = try pixels(of: source, width: settings.width, height: settings.height)
    autoencoding.makeRoom(for: bytesAtPixels(settings.width * settings.height), releasing: unetForms)
    defer { autoencoding.releaseUnused() }
    let latents = try autoencoder.encode(pixels, on: autoencoding.sparingMemory(compute)) {
      autoencoding.releaseUnused()
      try onLevel()
    }
    guard latents.isFinite else { throw RenderError(notFinite: .encoder, seed: nil) }
    return latents
  }

  /// The picture at the image's size, resampled as diffusers does: `[1, height, width, 3]` in −1 … 1.
  private func pixels(of source: AddedFile, width: Int, height: Int) throws -> Tensor {
    let image: RGBImage
    do {
      image = try ImageFile.readUpright(source.identified().path).resized(
        width: width, height: height, filter: .lanczos)
    } catch {
      throw RenderError("the picture that the image starts from: \(error)")
    }
    return Tensor([1, height, width, 3], image.pixels.map { Float($0) / 255 * 2 - 1 })
  }

  /// Memory of the VAE at the level of `pixels` pixels: its input, the normalised input and the results of a block.
  func bytesAtPixels(_ pixels: Int) -> Int {
    4 * MemoryLayout<Float>.size * pixels * autoencoder.configuration.pixelChannels
  }
}
