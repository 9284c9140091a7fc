import CKernels

extension Compute {
  /// Rows of a sample per piece of an element-wise operation.
  static let normTile = 256

  /// Group normalisation over space and the channels of each group, then gain and bias per channel.
  ///
  /// - Parameters:
  ///   - x: `[N, …, C]`.
  ///   - gain: `[C]`; `bias`: `[C]`.
  ///   - silu: whether SiLU follows.
  package func groupNorm(
    _ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float, silu: Bool = false
  ) -> Tensor {
    let samples = x.shape[0]
    let channels = x.channels
    let rows = x.rows / max(1, samples)
    let tiles = (rows + Self.normTile - 1) / Self.normTile
    let y = Tensor(uninitialized: x.shape)
    // For each piece the sums of its rows per channel, then the sums of squares.
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: samples * tiles * 2 * channels)
    sums.update(repeating: 0, count: samples * tiles * 2 * channels)
    defer { sums.deallocate() }
    forEach(samples * tiles, .values(x.count)) { piece, _ in
      let row = piece % tiles * Self.normTile
      let first = piece / tiles * rows + row
      let own = sums + piece * 2 * channels
      kernels.column_sums(
        x.pointer + first * channels, min(Self.normTile, rows - row), channels, own, own + channels)
    }
    // For each sample scale, then shift, per channel.
    let maps = Tensor(uninitialized: [samples, 2, channels])
    let size = channels / groups
    for sample in 0..<samples {
      let scale = maps.mutablePointer + sample * 2 * channels
      for group in 0..<groups {
        var sum = 0.0
        var squares = 0.0
        for tile in 0..<tiles {
          let own = sums + (sample * tiles + tile) * 2 * channels
          for channel in group * size..<(group + 1) * size {
            sum += own[channel]
            squares += own[channels + channel]
          }
        }
        let count = Double(rows * size)
        let mean = sum / count
        let inverse = 1 / (max(0, squares / count - mean * mean) + Double(epsilon)).squareRoot()
        for channel in group * size..<(group + 1) * size {
          scale[channel] = gain.pointer[channel] * Float(inverse)
          scale[channels + channel] = bias.pointer[channel] - Float(mean * inverse) * gain.pointer[channel]
        }
      }
    }
    forEach(samples * tiles, .values(2 * x.count)) { piece, _ in
      let row = piece % tiles * Self.normTile
      let count = min(Self.normTile, rows - row)
      let offset = (piece / tiles * rows + row) * channels
      let scale = maps.pointer + piece / tiles * 2 * channels
      kernels.scale_shift(y.mutablePointer + offset, x.pointer + offset, count, channels, scale, scale + channels)
      if silu { kernels.silu(y.mutablePointer + offset, y.pointer + offset, count * channels) }
    }
    // The loops above use only its address: it must not be freed before they end.
    withExtendedLifetime(maps) {}
    tape?.record(y, from: [x], weights: [gain, bias]) { [plain] tape, dy in
      plain.groupNormBackward(tape, dy, x, groups: groups, gain: gain, bias: bias, epsilon: epsilon, silu: silu)
    }
    return y
  }

  /// Layer normalisation over the last axis, then gain and bias.
  package func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let n = x.channels
    forEachTile(x.rows, Self.normTile, .values(2 * x.count)) { first, count in
      kernels.layer_norm(
        y.mutablePointer + first * n, x.pointer + first * n, count, n, gain.pointer, bias.pointer, epsilon)
    }
    tape?.record(y, from: [x], weights: [gain, bias]) { [plain] tape, dy in
      let (dx, unit) = (Tensor(uninitialized: x.shape), Tensor(uninitialized: x.shape))
      plain.forEachTile(x.rows, Self.normTile) { first, count in
        plain.kernels.layer_norm_back(
          dx.mutablePointer + first * n, unit.mutablePointer + first * n, dy.pointer + first * n,
          x.pointer + first * n, count, n, gain.pointer, epsilon)
      }
      tape.add(dx, to: x, on: plain)
      if let gain = tape.parameter(gain) { plain.addColumnSums(of: plain.multiply(dy, unit), to: gain.gradient) }
      if let bias = tape.parameter(bias) { plain.addColumnSums(of: dy, to: bias.gradient) }
    }
    return y
  }

  /// Runs `body(first, count)` over `0..<total` in tiles, for work whose elements are independent.
  func forEachTile(
    _ total: Int, _ tile: Int, _ work: @autoclosure () -> Profile.Work = .unknown, operation: String = #function,
    _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    forEach((total + tile - 1) / tile, work(), operation: operation) { piece, _ in
      body(piece * tile, min(tile, total - piece * tile))
    }
  }
}
