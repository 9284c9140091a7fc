/// What an encoder's weights do not say: how its pictures are prepared.
package struct EncoderPicture: Sendable {
  /// Pixels of a side.
  package var size: Int
  /// Pixels in 0 … 1 become (pixel − mean) / deviation.
  package var mean: Float
  package var deviation: Float

  package init(size: Int = 224, mean: Float = 0.5, deviation: Float = 0.5) {
    self.size = size
    self.mean = mean
    self.deviation = deviation
  }
}
