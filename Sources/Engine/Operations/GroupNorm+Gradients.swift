import CKernels

extension Compute {
  /// The backward pass of group normalisation.
  ///
  /// With x̂ = (x − m)·v and g = gain·dy: dx = v·(g − mean(g) − x̂·mean(g·x̂)), the means over a group; so dx is a
  /// combination of dy and x with coefficients by channel, from the sums of dy and dy·x by channel.
  func groupNormBackward(
    _ tape: Tape, _ dy: Tensor, _ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float, silu: Bool
  ) {
    let (samples, channels) = (x.shape[0], x.channels)
    let rows = x.rows / max(1, samples)
    let tiles = (rows + Self.normTile - 1) / Self.normTile
    let moments = groupMoments(x, groups: groups, epsilon: epsilon)
    let slope = silu ? throughSiLU(dy, x, moments, gain, bias) : dy
    // For each piece the sums of dy per channel, then those of dy · x.
    var sums = [Double](repeating: 0, count: samples * tiles * 2 * channels)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      let own = SharedDoubles(base)
      forEach(samples * tiles) { piece, _ in
        let row = piece % tiles * Self.normTile
        let offset = (piece / tiles * rows + row) * channels
        let at = own.pointer + piece * 2 * channels
        kernels.column_dots(
          slope.pointer + offset, x.pointer + offset, channels, min(Self.normTile, rows - row), channels, at,
          at + channels)
      }
    }
    let size = channels / groups
    let count = Double(rows * size)
    let coefficients = Tensor(uninitialized: [samples, 3, channels])
    let (gainSums, biasSums) = (Tensor([channels]), Tensor([channels]))
    for sample in 0..<samples {
      var first = [Double](repeating: 0, count: channels)
      var second = first
      for tile in 0..<tiles {
        let at = (sample * tiles + tile) * 2 * channels
        for channel in 0..<channels {
          first[channel] += sums[at + channel]
          second[channel] += sums[at + channels + channel]
        }
      }
      let out = coefficients.mutablePointer + sample * 3 * channels
      for group in 0..<groups {
        let (mean, inverse) = moments[sample * groups + group]
        let range = group * size..<(group + 1) * size
        var a = 0.0
        var b = 0.0
        for channel in range {
          let unit = inverse * (second[channel] - mean * first[channel])
          a += Double(gain.pointer[channel]) * first[channel]
          b += Double(gain.pointer[channel]) * unit
          gainSums.mutablePointer[channel] += Float(unit)
          biasSums.mutablePointer[channel] += Float(first[channel])
        }
        a /= count
        b /= count
        for channel in range {
          out[channel] = Float(inverse * Double(gain.pointer[channel]))
          out[channels + channel] = Float(-inverse * inverse * b)
          out[2 * channels + channel] = Float(inverse * (inverse * b * mean - a))
        }
      }
    }
    if let gain = tape.parameter(gain) { accumulate(gainSums, into: gain.gradient) }
    if let bias = tape.parameter(bias) { accumulate(biasSums, into: bias.gradient) }
    guard tape.tracks(x) else { return }
    let dx = Tensor(uninitialized: x.shape)
    forEach(samples * tiles) { piece, _ in
      let row = piece % tiles * Self.normTile
      let offset = (piece / tiles * rows + row) * channels
      let by = coefficients.pointer + piece / tiles * 3 * channels
      kernels.combine(
        dx.mutablePointer + offset, slope.pointer + offset, x.pointer + offset, min(Self.normTile, rows - row),
        channels, by, by + channels, by + 2 * channels)
    }
    withExtendedLifetime(coefficients) {}
    tape.add(dx, to: x, on: self)
  }

  /// sum += x.
  func accumulate(_ x: Tensor, into sum: Tensor) {
    kernels.add(sum.mutablePointer, sum.pointer, x.pointer, x.count)
  }

  /// Mean and inverse standard deviation of each sample's groups.
  private func groupMoments(_ x: Tensor, groups: Int, epsilon: Float) -> [(mean: Double, inverse: Double)] {
    let (samples, channels) = (x.shape[0], x.channels)
    let rows = x.rows / max(1, samples)
    let tiles = (rows + Self.normTile - 1) / Self.normTile
    var sums = [Double](repeating: 0, count: samples * tiles * 2 * channels)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      let own = SharedDoubles(base)
      forEach(samples * tiles) { piece, _ in
        let row = piece % tiles * Self.normTile
        let at = own.pointer + piece * 2 * channels
        kernels.column_sums(
          x.pointer + (piece / tiles * rows + row) * channels, min(Self.normTile, rows - row), channels, at,
          at + channels)
      }
    }
    let size = channels / groups
    let count = Double(rows * size)
    return (0..<samples * groups).map { index in
      let (sample, group) = (index / groups, index % groups)
      var sum = 0.0
      var squares = 0.0
      for tile in 0..<tiles {
        let at = (sample * tiles + tile) * 2 * channels
        for channel in group * size..<(group + 1) * size {
          sum += sums[at + channel]
          squares += sums[at + channels + channel]
        }
      }
      let mean = sum / count
      return (mean, 1 / (max(0, squares / count - mean * mean) + Double(epsilon)).squareRoot())
    }
  }

  /// The backward pass of the SiLU that follows the normalisation.
  private func throughSiLU(
    _ dy: Tensor, _ x: Tensor, _ moments: [(mean: Double, inverse: Double)], _ gain: Tensor, _ bias: Tensor
  ) -> Tensor {
    let (samples, channels) = (x.shape[0], x.channels)
    let groups = moments.count / max(1, samples)
    let size = channels / groups
    let rows = x.rows / max(1, samples)
    let tiles = (rows + Self.normTile - 1) / Self.normTile
    let maps = Tensor(uninitialized: [samples, 2, channels])
    for sample in 0..<samples {
      let scale = maps.mutablePointer + sample * 2 * channels
      for channel in 0..<channels {
        let (mean, inverse) = moments[sample * groups + channel / size]
        scale[channel] = gain.pointer[channel] * Float(inverse)
        scale[channels + channel] = bias.pointer[channel] - Float(mean * inverse) * gain.pointer[channel]
      }
    }
    let result = Tensor(uninitialized: x.shape)
    forEach(samples * tiles) { piece, _ in
      let row = piece % tiles * Self.normTile
      let count = min(Self.normTile, rows - row)
      let offset = (piece / tiles * rows + row) * channels
      let scale = maps.pointer + piece / tiles * 2 * channels
      let own = result.mutablePointer + offset
      kernels.scale_shift(own, x.pointer + offset, count, channels, scale, scale + channels)
      kernels.silu_back(own, dy.pointer + offset, own, count * channels)
    }
    withExtendedLifetime(maps) {}
    return result
  }
}

/// An array of doubles in which each thread writes to its own elements.
///
/// `@unchecked Sendable`: no two pieces write the same element.
struct SharedDoubles: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Double>

  init(_ pointer: UnsafeMutablePointer<Double>) { self.pointer = pointer }
}
