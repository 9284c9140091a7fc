/// A finished block of work of a render.
package struct RenderProgress: Sendable, Equatable {
  package enum Block: Sendable, Equatable {
    /// The text encoder's contexts are ready.
    case text
    /// A level of the VAE encoder is done, for images that start from a picture.
    case encode
    /// Denoising call `call` of `calls` is done.
    case step(call: Int, calls: Int)
    /// A level of the VAE decoder is done.
    case decode
  }

  package let block: Block
  /// The images that the block worked on, as positions in the request's seeds.
  package let images: Range<Int>

  package init(block: Block, images: Range<Int>) {
    self.block = block
    self.images = images
  }

  /// The same progress if the request's images are part of a longer row.
  package func moved(by first: Int) -> RenderProgress {
    RenderProgress(block: block, images: images.lowerBound + first..<images.upperBound + first)
  }
}
