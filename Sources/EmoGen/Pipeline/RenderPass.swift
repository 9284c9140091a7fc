import Diffusion
import Engine
import Files
import Imaging
import Models
import Vocabulary

/// Renders images of a request together: prepares, denoises, decodes and quantises them.
struct RenderPass {
  let pipeline: EmoGenPipeline
  let request: RenderRequest
  /// Positions in the request's seeds.
  let images: Range<Int>
  let prompts: Conditioning.Prompts
  /// The context of the negative prompt, `[1, S, width]`; nil if no step is guided.
  let negative: Tensor?
  /// The picture that the images start from; nil for noise.
  let source: LatentDistribution?
  /// The compute context of the denoiser, in the request's precision.
  let denoising: Compute
  /// Receives the tensors of the pass's first image.
  let trace: RenderTrace?

  var settings: RenderSettings { request.settings }

  /// - Parameters:
  ///   - onProgress: called after every finished block of work; throwing stops the render.
  ///   - onImage: called for every finished image; throwing stops the render.
  /// - Throws: `RenderError` with the first stage whose results are not finite.
  func render(onProgress: (RenderProgress) throws -> Void, onImage: (RenderedImage) throws -> Void) throws {
    let prepared = try prepare(onProgress)
    let batches = batches(prepared)
    let denoised = try denoise(prepared, batches, onProgress)
    let decoded = try decode(denoised.latents, batches, onProgress)
    for (offset, position) in images.enumerated() {
      let picture = quantise(decoded.slice(offset..<offset + 1), trace: offset == 0 ? trace : nil)
      try onImage(
        RenderedImage(
          position: position, seed: request.seeds[position], image: picture,
          emotionVector: prepared.emotionVectors.isEmpty ? [] : rows(prepared.emotionVectors[offset]),
          calls: denoised.calls, steps: min(prepared.sampler.steps, denoised.calls),
          engineKind: denoising.kind.description))
    }
  }

  /// Converts a decoded image `[1, H, W, 3]` in about −1 … 1 to bytes, with the rounding of diffusers.
  private func quantise(_ decoded: Tensor, trace: RenderTrace?) -> RGBImage {
    let levels = decoded.map { min(max($0 / 2 + 0.5, 0), 1) }
    trace?.recordImage("image", levels)
    return RGBImage(
      width: settings.width, height: settings.height,
      pixels: levels.values.map { UInt8(level: $0 * 255, half: .toNearestOrEven) })
  }

  private func rows(_ tensor: Tensor) -> [[Float]] {
    (0..<tensor.shape[0]).map { tensor.slice($0..<$0 + 1).values }
  }

  /// - Parameter tensor: `[N, …]`, one sample for each image.
  /// - Throws: `RenderError` if the tensor contains numbers that are not finite.
  func check(_ tensor: Tensor, of stage: RenderStage) throws {
    guard let sample = tensor.firstNonFiniteSample else { return }
    throw RenderError(notFinite: stage, seed: request.seeds[images.lowerBound + sample])
  }
}
