extension Compute {
  /// Mean over windows of `size`, `stride` apart, with `padding` on all sides.
  ///
  /// - Parameter includingPadding: whether padding counts in the divisor, as by default in PyTorch, or only the pixels
  ///   inside the image, as in TensorFlow.
  package func averagePool(
    _ x: Tensor, size: Int, stride: Int, padding: Int, includingPadding: Bool = true
  ) -> Tensor {
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let outHeight = (height + 2 * padding - size) / stride + 1
    let outWidth = (width + 2 * padding - size) / stride + 1
    let y = Tensor([samples, outHeight, outWidth, channels])
    /// Calls `body` with the pixels of each window of an output row, the output pixel and what its sum is scaled by.
    @Sendable func windows(_ piece: Int, _ body: (_ pixel: Int, _ out: Int, _ scale: Float) -> Void) {
      let top = piece % outHeight * stride - padding
      let image = piece / outHeight * height * width
      let rows = max(0, top)..<max(max(0, top), min(height, top + size))
      for column in 0..<outWidth {
        let left = column * stride - padding
        let columns = max(0, left)..<max(max(0, left), min(width, left + size))
        let scale = 1 / Float(includingPadding ? size * size : max(1, rows.count * columns.count))
        for row in rows {
          for pixel in columns { body(image + row * width + pixel, piece * outWidth + column, scale) }
        }
      }
    }
    forEach(samples * outHeight) { piece, _ in
      windows(piece) { pixel, out, scale in
        let (source, target) = (x.pointer + pixel * channels, y.mutablePointer + out * channels)
        for channel in 0..<channels { target[channel] += scale * source[channel] }
      }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(x.shape)
      plain.forEach(samples) { sample, _ in
        for piece in sample * outHeight..<(sample + 1) * outHeight {
          windows(piece) { pixel, out, scale in
            let (source, target) = (dy.pointer + out * channels, dx.mutablePointer + pixel * channels)
            for channel in 0..<channels { target[channel] += scale * source[channel] }
          }
        }
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }
}
