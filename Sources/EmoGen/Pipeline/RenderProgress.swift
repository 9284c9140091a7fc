/// A finished block of work of a render.
package struct RenderProgress: Sendable, Equatable {
  package enum Block: Sendable, Equatable {
    /// The text encoder's contexts are ready.
    case text
    /// Denoising call `call` of `calls` is done.
    case step(call: Int, calls: Int)
    /// A level of the VAE's decoder is done.
    case decode
  }

  package let block: Block
  /// Positions in the request's seeds that the block worked on.
  package let images: Range<Int>

  package init(block: Block, images: Range<Int>) {
    self.block = block
    self.images = images
  }
}
