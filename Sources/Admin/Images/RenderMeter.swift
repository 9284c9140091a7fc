package import EmoGen

/// Progress and remaining time of a render of several images.
package struct RenderMeter: Sendable {
  private let images: Int
  private var finished = 0
  private var block = ""
  /// Finished fraction of the current images, 0…1.
  private var share = 0.0
  private var inHand = 0..<0

  /// Denoising's share of an image's work; the rest is decoding.
  private static let denoising = 0.9

  package init(images: Int) {
    self.images = images
  }

  package mutating func note(_ progress: RenderProgress) {
    inHand = progress.images
    switch progress.block {
    case .text: (block, share) = ("text", 0)
    case .encode: (block, share) = ("encoding", 0)
    case .step(let call, let calls):
      (block, share) = ("step \(call)/\(calls)", Self.denoising * Double(call) / Double(max(1, calls)))
    case .decode: (block, share) = ("decoding", Self.denoising)
    }
  }

  package mutating func noteFinished() {
    finished += 1
  }

  /// Finished fraction of all work, 0…1.
  package var fraction: Double {
    let begun = inHand.filter { $0 >= finished }.count
    return min(1, (Double(finished) + Double(begun) * share) / Double(max(1, images)))
  }

  /// One line: the bar, the current activity and the estimated remaining time.
  ///
  /// - Parameter elapsed: seconds since the model was loaded.
  package func line(elapsed: Double, paint: Paint) -> String {
    let bar = paint.bar(Int(fraction * 1000), of: 1000, width: 24)
    var text = "\(bar) \(finished)/\(images) images"
    if !block.isEmpty, finished < images { text += "  \(block)" }
    let left = fraction > 0.02 ? elapsed / fraction - elapsed : 0
    if left >= 0.5 { text += "  about \(Measure.duration(left)) left" }
    return text
  }
}
