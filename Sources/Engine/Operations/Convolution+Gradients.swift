import CKernels

extension Compute {
  /// The gradient of a convolution's input: each input pixel gathers the gradients of the outputs that saw it, and
  /// meets the weights with the two ends of each tap exchanged.
  func convolutionInputGradient(
    _ dy: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, like x: Tensor
  ) -> Tensor {
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (outHeight, outWidth) = (dy.shape[1], dy.shape[2])
    let (taps, n) = (shape.height * shape.width, weight.outputs)
    let k = taps * n
    let exchanged = exchangedTaps(weight, taps)
    let dx = Tensor(uninitialized: x.shape)
    let rows = height * width
    let tile = min(rows, max(48, min(192, Self.patchFloats / k / 48 * 48)))
    let columnTile = Self.columnTile(channels, rows: rows)
    let rowPieces = (rows + tile - 1) / tile
    let columnPieces = (channels + columnTile - 1) / columnTile
    forEach(samples * rowPieces * columnPieces) { piece, member in
      let column = piece % columnPieces * columnTile
      let row = piece / columnPieces % rowPieces * tile
      let sample = piece / (columnPieces * rowPieces)
      let m = min(tile, rows - row)
      let patches = scratch(member, tile * k)
      Self.gatherGradients(
        dy.pointer + sample * outHeight * outWidth * n, outHeight, outWidth, n, shape, row..<row + m, width, patches)
      multiply(
        m, min(columnTile, channels - column), k, patches, k, exchanged.pointer + column, channels, accumulate: false,
        dx.mutablePointer + (sample * rows + row) * channels + column, channels)
    }
    withExtendedLifetime(exchanged) {}
    return dx
  }

  /// `[taps · channels, outputs]` → `[taps · outputs, channels]`.
  private func exchangedTaps(_ weight: PackedMatrix, _ taps: Int) -> Tensor {
    let (n, channels) = (weight.outputs, weight.inputs / taps)
    let result = Tensor(uninitialized: [taps * n, channels])
    forEach(taps) { tap, _ in
      // A weight of `channels` rows and n columns, seen as PyTorch's `[channels, n]`, packs to its transpose.
      ek_pack(
        result.mutablePointer + tap * n * channels, weight.matrix.pointer + tap * channels * n, channels, n, 1)
    }
    return result
  }

  /// Lays the gradients of the output pixels that saw each input pixel in `pixels` out as one row of (tap, output).
  private static func gatherGradients(
    _ image: UnsafePointer<Float>, _ height: Int, _ width: Int, _ channels: Int, _ shape: ConvolutionShape,
    _ pixels: Range<Int>, _ inWidth: Int, _ patches: UnsafeMutablePointer<Float>
  ) {
    var target = patches
    for pixel in pixels {
      for y in 0..<shape.height {
        let row = pixel / inWidth + shape.padding[0] - y
        for x in 0..<shape.width {
          let column = pixel % inWidth + shape.padding[1] - x
          if row >= 0, column >= 0, row % shape.stride == 0, column % shape.stride == 0, row / shape.stride < height,
            column / shape.stride < width
          {
            target.update(
              from: image + (row / shape.stride * width + column / shape.stride) * channels, count: channels)
          } else {
            target.update(repeating: 0, count: channels)
          }
          target += channels
        }
      }
    }
  }

  /// sum += patchesᵀ · dy over all samples, a tap and a share of its channels a piece.
  func addConvolutionGradient(of x: Tensor, _ dy: Tensor, _ shape: ConvolutionShape, to sum: Tensor) {
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (outHeight, outWidth, n) = (dy.shape[1], dy.shape[2], dy.channels)
    let rows = outHeight * outWidth
    let share = channels > 64 ? (channels + 1) / 2 : channels
    let shares = (channels + share - 1) / share
    forEach(shape.height * shape.width * shares) { piece, member in
      let tap = piece / shares
      let first = piece % shares * share
      let count = min(share, channels - first)
      // Several small samples make one product of a useful length.
      let together = max(1, min(samples, 1024 / max(1, rows)))
      let seen = scratch(member, together * rows * count)
      for start in stride(from: 0, to: samples, by: together) {
        let end = min(samples, start + together)
        for sample in start..<end {
          Self.gatherTap(
            x.pointer + sample * height * width * channels + first, height, width, channels, count, shape, tap,
            outHeight, outWidth, seen + (sample - start) * rows * count)
        }
        multiply(
          count, n, (end - start) * rows, seen, count, dy.pointer + start * rows * n, n, leftTransposed: true,
          accumulate: true, sum.mutablePointer + (tap * channels + first) * n, n)
      }
    }
  }

  /// What one tap of the kernel sees at every output pixel: rows of `count` channels.
  private static func gatherTap(
    _ image: UnsafePointer<Float>, _ height: Int, _ width: Int, _ channels: Int, _ count: Int,
    _ shape: ConvolutionShape, _ tap: Int, _ outHeight: Int, _ outWidth: Int, _ seen: UnsafeMutablePointer<Float>
  ) {
    var target = seen
    for y in 0..<outHeight {
      let row = y * shape.stride + tap / shape.width - shape.padding[0]
      for x in 0..<outWidth {
        let column = x * shape.stride + tap % shape.width - shape.padding[1]
        if row >= 0, row < height, column >= 0, column < width {
          target.update(from: image + (row * width + column) * channels, count: count)
        } else {
          target.update(repeating: 0, count: count)
        }
        target += count
      }
    }
  }
}
