import CKernels

extension Compute {
  /// Nearest-neighbour enlargement `[N, H, W, C]` → `[N, height, width, C]`, with PyTorch's rounding.
  package func upsampleNearest(_ x: Tensor, height: Int, width: Int) -> Tensor {
    let (samples, fromHeight, fromWidth, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let y = Tensor(uninitialized: [samples, height, width, channels])
    let columns = (0..<width).map { Self.nearest($0, fromWidth, width) }
    forEach(samples * height, .values(x.count + y.count)) { piece, _ in
      let source =
        x.pointer
        + (piece / height * fromHeight + Self.nearest(piece % height, fromHeight, height)) * fromWidth * channels
      var target = y.mutablePointer + piece * width * channels
      for column in columns {
        target.update(from: source + column * channels, count: channels)
        target += channels
      }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(x.shape)
      plain.forEach(samples) { sample, _ in
        for row in 0..<height {
          let line =
            dx.mutablePointer
            + (sample * fromHeight + Self.nearest(row, fromHeight, height)) * fromWidth * channels
          var source = dy.pointer + (sample * height + row) * width * channels
          for column in columns {
            let target = line + column * channels
            plain.kernels.add(target, target, source, channels)
            source += channels
          }
        }
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }

  private static func nearest(_ index: Int, _ from: Int, _ to: Int) -> Int {
    min(from - 1, Int(Float(index) * (Float(from) / Float(to))))
  }

  /// Maximum over windows of `size` with stride `stride`; the `padding` on all sides never is the maximum.
  package func maxPool(_ x: Tensor, size: Int, stride: Int, padding: Int) -> Tensor {
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let outHeight = (height + 2 * padding - size) / stride + 1
    let outWidth = (width + 2 * padding - size) / stride + 1
    let y = Tensor([samples, outHeight, outWidth, channels], repeating: -Float.infinity)
    forEach(samples * outHeight) { piece, _ in
      let top = piece % outHeight * stride - padding
      let image = x.pointer + piece / outHeight * height * width * channels
      for column in 0..<outWidth {
        let left = column * stride - padding
        let out = y.mutablePointer + (piece * outWidth + column) * channels
        for row in max(0, top)..<min(height, top + size) {
          for pixel in max(0, left)..<min(width, left + size) {
            let source = image + (row * width + pixel) * channels
            for channel in 0..<channels { out[channel] = max(out[channel], source[channel]) }
          }
        }
      }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      tape.add(plain.maxPoolGradient(dy, x, y, size: size, stride: stride, padding: padding), to: x, on: plain)
    }
    return y
  }

  /// The first pixel that holds a window's maximum receives the window's gradient, as in PyTorch.
  private func maxPoolGradient(
    _ dy: Tensor, _ x: Tensor, _ y: Tensor, size: Int, stride: Int, padding: Int
  ) -> Tensor {
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (outHeight, outWidth) = (y.shape[1], y.shape[2])
    let dx = Tensor(x.shape)
    forEach(samples) { sample, _ in
      let image = sample * height * width * channels
      for window in 0..<outHeight * outWidth {
        let top = window / outWidth * stride - padding
        let left = window % outWidth * stride - padding
        let out = (sample * outHeight * outWidth + window) * channels
        for channel in 0..<channels {
          search: for row in max(0, top)..<min(height, top + size) {
            for pixel in max(0, left)..<min(width, left + size) {
              let source = image + (row * width + pixel) * channels + channel
              guard x.pointer[source] == y.pointer[out + channel] else { continue }
              dx.mutablePointer[source] += dy.pointer[out + channel]
              break search
            }
          }
        }
      }
    }
    return dx
  }

  /// Mean over space: `[N, H, W, C]` → `[N, C]`.
  package func globalAveragePool(_ x: Tensor) -> Tensor {
    let (samples, channels) = (x.shape[0], x.channels)
    let rows = x.rows / max(1, samples)
    let y = Tensor(uninitialized: [samples, channels])
    forEach(samples) { sample, _ in
      var sums = [Double](repeating: 0, count: 2 * channels)
      sums.withUnsafeMutableBufferPointer { sums in
        guard let base = sums.baseAddress else { return }
        kernels.column_sums(x.pointer + sample * rows * channels, rows, channels, base, base + channels)
      }
      for channel in 0..<channels {
        y.mutablePointer[sample * channels + channel] = Float(sums[channel] / Double(rows))
      }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: x.shape)
      plain.forEach(samples) { sample, _ in
        for row in 0..<rows {
          let target = dx.mutablePointer + (sample * rows + row) * channels
          for channel in 0..<channels { target[channel] = dy.pointer[sample * channels + channel] / Float(rows) }
        }
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }
}
