import EmoGen
import Provenance

/// An image on its way from the rendering thread to the queue.
struct FinishedImage: Sendable {
  /// The batch index.
  let index: Int
  let rendered: RenderedImage
  let record: ProvenanceRecord
  /// Its share of the rendering time of its pass.
  let seconds: Double
}
