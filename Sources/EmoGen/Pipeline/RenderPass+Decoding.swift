import Engine
import Models

extension RenderPass {
  /// Decodes latents to pixels: `[N, H, W, 3]` in about −1 … 1, checked to be finite.
  func decode(
    _ latents: Tensor, _ batches: [GuidedBatch], _ onProgress: (RenderProgress) throws -> Void
  ) throws -> Tensor {
    let (batching, compute) = (pipeline.autoencoding, pipeline.compute)
    let pixels = latents.rows * pipeline.folder.multiple * pipeline.folder.multiple
    batching.makeRoom(for: pipeline.bytesAtPixels(pixels), releasing: pipeline.unetForms)
    defer { batching.releaseUnused() }
    let decoded = Tensor.concatenated(
      try compute.sideBySide(batches.count) { part in
        let decoding = try batches[part].compute.with(compute.precision)
        return try pipeline.autoencoder.decode(
          latents.slice(batches[part].images), on: batching.sparingMemory(decoding)
        ) {
          batching.releaseUnused()
          // Callbacks run on the calling thread only.
          if batches.count == 1 { try onProgress(RenderProgress(block: .decode, images: images)) }
        }
      })
    if batches.count > 1 { try onProgress(RenderProgress(block: .decode, images: images)) }
    try check(decoded, of: .decoder)
    return decoded
  }
}
