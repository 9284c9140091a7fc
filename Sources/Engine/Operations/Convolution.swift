import CKernels

/// The geometry of a 2-D convolution.
package struct ConvolutionShape: Hashable, Sendable {
  package var height = 3
  package var width = 3
  package var stride = 1
  /// Zeros around the image: top, left, bottom, right.
  package var padding: [Int] = [1, 1, 1, 1]

  package init(kernel: Int, stride: Int = 1, padding: Int? = nil) {
    height = kernel
    width = kernel
    self.stride = stride
    self.padding = Array(repeating: padding ?? (kernel / 2), count: 4)
  }

  /// The VAE encoder's downsampling: stride 2 with zeros below and to the right only.
  package static let halvingAtEnd: ConvolutionShape = {
    var shape = ConvolutionShape(kernel: 3, stride: 2)
    shape.padding = [0, 0, 1, 1]
    return shape
  }()

  func output(_ inputHeight: Int, _ inputWidth: Int) -> (height: Int, width: Int) {
    (
      (inputHeight + padding[0] + padding[2] - height) / stride + 1,
      (inputWidth + padding[1] + padding[3] - width) / stride + 1
    )
  }
}

extension Compute {
  /// Floats of patches that a piece gathers at a time: 4 MiB.
  static let patchFloats = 1 << 20

  /// 2-D convolution plus bias (plus residual).
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - residual: of the result's shape, added to it.
  /// - Returns: `[N, H', W', O]`.
  package func convolution(
    _ x: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, residual: Tensor? = nil
  ) -> Tensor {
    if shape.height == 1, shape.width == 1, shape.stride == 1, shape.padding.allSatisfy({ $0 == 0 }) {
      return linear(x, weight, residual: residual)
    }
    let (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    precondition(
      channels * shape.height * shape.width == weight.inputs, "convolution of \(x.shape) by \(weight.inputs)")
    let (outHeight, outWidth) = shape.output(height, width)
    let y = Tensor(uninitialized: [samples, outHeight, outWidth, weight.outputs])
    let (k, n) = (weight.inputs, weight.outputs)
    let rows = outHeight * outWidth
    let tile = min(rows, max(48, min(192, Self.patchFloats / k / 48 * 48)))
    let columnTile = Self.columnTile(n, rows: rows)
    let rowPieces = (rows + tile - 1) / tile
    let columnPieces = (n + columnTile - 1) / columnTile
    forEach(samples * rowPieces * columnPieces) { piece, member in
      let column = piece % columnPieces * columnTile
      let row = piece / columnPieces % rowPieces * tile
      let sample = piece / (columnPieces * rowPieces)
      let m = min(tile, rows - row)
      let span = min(columnTile, n - column)
      let patches = scratch(member, tile * k)
      Self.gather(
        x.pointer + sample * height * width * channels, height, width, channels, shape, row..<row + m, outWidth, patches
      )
      let first = (sample * rows + row) * n + column
      let out = y.mutablePointer + first
      let starts = weight.bias != nil || residual != nil
      if starts {
        kernels.start_rows(
          out, n, weight.bias.map { $0.pointer + column }, residual.map { $0.pointer + first }, n, m, span)
      }
      multiply(m, span, k, patches, k, weight.matrix.pointer + column, n, accumulate: starts, out, n)
    }
    tape?.record(y, from: [x] + (residual.map { [$0] } ?? []), weights: [weight.matrix, weight.bias]) {
      [plain] tape, dy in
      if let residual { tape.add(dy, to: residual, on: plain) }
      if tape.tracks(x) { tape.add(plain.convolutionInputGradient(dy, weight, shape, like: x), to: x, on: plain) }
      if let matrix = tape.parameter(weight.matrix) {
        plain.addConvolutionGradient(of: x, dy, shape, to: matrix.gradient)
      }
      if let bias = tape.parameter(weight.bias) { plain.addColumnSums(of: dy, to: bias.gradient) }
    }
    return y
  }

  /// Lays the receptive field of each output pixel in `pixels` out as one row of (y, x, channel).
  static func gather(
    _ image: UnsafePointer<Float>, _ height: Int, _ width: Int, _ channels: Int, _ shape: ConvolutionShape,
    _ pixels: Range<Int>, _ outWidth: Int, _ patches: UnsafeMutablePointer<Float>
  ) {
    var target = patches
    let span = shape.width * channels
    for pixel in pixels {
      let top = pixel / outWidth * shape.stride - shape.padding[0]
      let left = pixel % outWidth * shape.stride - shape.padding[1]
      // The columns of the kernel that lie inside the image.
      let inside = max(0, -left)..<max(max(0, -left), min(shape.width, width - left))
      for y in top..<top + shape.height {
        if y < 0 || y >= height || inside.isEmpty {
          target.update(repeating: 0, count: span)
        } else {
          if inside.lowerBound > 0 { target.update(repeating: 0, count: inside.lowerBound * channels) }
          let source = image + (y * width + left + inside.lowerBound) * channels
          (target + inside.lowerBound * channels).update(from: source, count: inside.count * channels)
          if inside.upperBound < shape.width {
            (target + inside.upperBound * channels)
              .update(repeating: 0, count: (shape.width - inside.upperBound) * channels)
          }
        }
        target += span
      }
    }
  }
}
