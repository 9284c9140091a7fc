import CKernels

extension Compute {
  /// Batch normalisation over all rows, then gain and bias per channel.
  ///
  /// While a tape records, the operation uses the batch's statistics and updates the running ones, as in PyTorch's
  /// training mode; otherwise it uses the running ones. Statistics span samples, so a sample's bits depend on its batch
  /// here.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - mean: `[C]`, the running mean; `variance`: `[C]`, the running unbiased variance: changed in place.
  package func batchNorm(
    _ x: Tensor, gain: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Float = 1e-5,
    momentum: Double = 0.1
  ) -> Tensor {
    let (rows, channels) = (x.rows, x.channels)
    let maps = Tensor(uninitialized: [2, channels])
    var means = [Double](repeating: 0, count: channels)
    var inverses = means
    if tape == nil {
      for channel in 0..<channels {
        means[channel] = Double(mean.pointer[channel])
        inverses[channel] = 1 / (Double(variance.pointer[channel]) + Double(epsilon)).squareRoot()
      }
    } else {
      let (sums, squares) = channelSums(x, x)
      for channel in 0..<channels {
        let own = sums[channel] / Double(rows)
        let spread = max(0, squares[channel] / Double(rows) - own * own)
        means[channel] = own
        inverses[channel] = 1 / (spread + Double(epsilon)).squareRoot()
        let unbiased = spread * Double(rows) / Double(max(1, rows - 1))
        mean.mutablePointer[channel] = Float((1 - momentum) * Double(mean.pointer[channel]) + momentum * own)
        variance.mutablePointer[channel] =
          Float((1 - momentum) * Double(variance.pointer[channel]) + momentum * unbiased)
      }
    }
    for channel in 0..<channels {
      let scale = Double(gain.pointer[channel]) * inverses[channel]
      maps.mutablePointer[channel] = Float(scale)
      maps.mutablePointer[channels + channel] = Float(Double(bias.pointer[channel]) - means[channel] * scale)
    }
    let y = Tensor(uninitialized: x.shape)
    forEachTile(rows, Self.normTile) { first, count in
      kernels.scale_shift(
        y.mutablePointer + first * channels, x.pointer + first * channels, count, channels, maps.pointer,
        maps.pointer + channels)
    }
    withExtendedLifetime(maps) {}
    tape?.record(y, from: [x], weights: [gain, bias]) { [plain] tape, dy in
      plain.batchNormBackward(tape, dy, x, gain: gain, bias: bias, means: means, inverses: inverses)
    }
    return y
  }

  private func batchNormBackward(
    _ tape: Tape, _ dy: Tensor, _ x: Tensor, gain: Tensor, bias: Tensor, means: [Double], inverses: [Double]
  ) {
    let (rows, channels) = (x.rows, x.channels)
    let (sums, dots) = channelSums(dy, x)
    let by = Tensor(uninitialized: [3, channels])
    let (gainSum, biasSum) = (tape.parameter(gain)?.gradient, tape.parameter(bias)?.gradient)
    for channel in 0..<channels {
      let unit = inverses[channel] * (dots[channel] - means[channel] * sums[channel])
      gainSum?.mutablePointer[channel] += Float(unit)
      biasSum?.mutablePointer[channel] += Float(sums[channel])
      let scale = Double(gain.pointer[channel]) * inverses[channel]
      let a = sums[channel] / Double(rows)
      let b = unit / Double(rows) * inverses[channel]
      by.mutablePointer[channel] = Float(scale)
      by.mutablePointer[channels + channel] = Float(-scale * b)
      by.mutablePointer[2 * channels + channel] = Float(scale * (b * means[channel] - a))
    }
    guard tape.tracks(x) else { return }
    let dx = Tensor(uninitialized: x.shape)
    forEachTile(rows, Self.normTile) { first, count in
      let offset = first * channels
      kernels.combine(
        dx.mutablePointer + offset, dy.pointer + offset, x.pointer + offset, count, channels, by.pointer,
        by.pointer + channels, by.pointer + 2 * channels)
    }
    withExtendedLifetime(by) {}
    tape.add(dx, to: x, on: self)
  }

  /// The sums of a and of a · b per channel over all rows: per tile, then over the tiles in order.
  private func channelSums(_ a: Tensor, _ b: Tensor) -> ([Double], [Double]) {
    let (rows, channels) = (a.rows, a.channels)
    let tile = 4 * Self.normTile
    let tiles = (rows + tile - 1) / tile
    var parts = [Double](repeating: 0, count: tiles * 2 * channels)
    parts.withUnsafeMutableBufferPointer { parts in
      guard let base = parts.baseAddress else { return }
      let own = SharedDoubles(base)
      forEach(tiles) { piece, _ in
        let offset = piece * tile * channels
        let at = own.pointer + piece * 2 * channels
        kernels.column_dots(
          a.pointer + offset, b.pointer + offset, channels, min(tile, rows - piece * tile), channels, at,
          at + channels)
      }
    }
    var (sums, dots) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for piece in 0..<tiles {
      for channel in 0..<channels {
        sums[channel] += parts[piece * 2 * channels + channel]
        dots[channel] += parts[piece * 2 * channels + channels + channel]
      }
    }
    return (sums, dots)
  }
}
