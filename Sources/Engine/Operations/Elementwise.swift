import CKernels
import Foundation

/// An activation function.
package enum Activation: String, CaseIterable, Codable, Sendable {
  case silu, gelu, relu
  case quickGELU = "quick_gelu"
}

extension Compute {
  private static let elementTile = 1 << 16

  package func activation(_ x: Tensor, _ function: Activation) -> Tensor {
    let kernel =
      switch function {
      case .silu: kernels.silu
      case .gelu: kernels.gelu
      case .relu: kernels.relu
      case .quickGELU: kernels.quick_gelu
      }
    let y = Tensor(uninitialized: x.shape)
    forEachTile(x.count, Self.elementTile, .values(2 * x.count)) { kernel?(y.mutablePointer + $0, x.pointer + $0, $1) }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let back =
        switch function {
        case .silu: plain.kernels.silu_back
        case .gelu: plain.kernels.gelu_back
        case .relu: plain.kernels.relu_back
        case .quickGELU: plain.kernels.quick_gelu_back
        }
      let dx = Tensor(uninitialized: x.shape)
      plain.forEachTile(x.count, Self.elementTile) {
        back?(dx.mutablePointer + $0, dy.pointer + $0, x.pointer + $0, $1)
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }

  /// a + b, of the same shape.
  package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "adding \(a.shape) and \(b.shape)")
    let y = Tensor(uninitialized: a.shape)
    forEachTile(a.count, Self.elementTile, .values(3 * a.count)) {
      kernels.add(y.mutablePointer + $0, a.pointer + $0, b.pointer + $0, $1)
    }
    tape?.record(y, from: [a, b]) { [plain] tape, dy in
      tape.add(dy, to: a, on: plain)
      tape.add(dy, to: b, on: plain)
    }
    return y
  }

  /// a · b, element by element.
  package func multiply(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "multiplying \(a.shape) and \(b.shape)")
    let y = Tensor(uninitialized: a.shape)
    forEachTile(a.count, Self.elementTile, .values(3 * a.count)) {
      kernels.multiply(y.mutablePointer + $0, a.pointer + $0, b.pointer + $0, $1)
    }
    tape?.record(y, from: [a, b]) { [plain] tape, dy in
      if tape.tracks(a) { tape.add(plain.multiply(dy, b), to: a, on: plain) }
      if tape.tracks(b) { tape.add(plain.multiply(dy, a), to: b, on: plain) }
    }
    return y
  }

  /// x · factor.
  package func scale(_ x: Tensor, by factor: Float) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    forEachTile(x.count, Self.elementTile, .values(2 * x.count)) {
      kernels.blend(y.mutablePointer + $0, factor, x.pointer + $0, 0, x.pointer + $0, $1)
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in tape.add(plain.scale(dy, by: factor), to: x, on: plain) }
    return y
  }

  /// x · e^s with a scalar s: CLIP's temperature.
  package func scaleByExponential(_ x: Tensor, _ s: Tensor) -> Tensor {
    let factor = exp(s.pointer[0])
    let y = plain.scale(x, by: factor)
    tape?.record(y, from: [x, s], weights: [s]) { [plain] tape, dy in
      if tape.tracks(x) { tape.add(plain.scale(dy, by: factor), to: x, on: plain) }
      let slope = Float(zip(dy.values, y.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
      tape.add(Tensor(s.shape, [slope]), to: s, on: plain)
      if let parameter = tape.parameter(s) { parameter.gradient.mutablePointer[0] += slope }
    }
    return y
  }

  /// Adds a vector per sample to every row of the sample: x `[N, …, C]` + v `[N, C]`.
  package func addPerSample(_ x: Tensor, _ v: Tensor) -> Tensor {
    let n = x.channels
    let rows = x.rows / max(1, x.shape[0])
    let y = Tensor(uninitialized: x.shape)
    forEach(x.shape[0], .values(2 * x.count)) { sample, _ in
      let offset = sample * rows * n
      kernels.start_rows(y.mutablePointer + offset, n, v.pointer + sample * n, x.pointer + offset, n, rows, n)
    }
    tape?.record(y, from: [x, v]) { [plain] tape, dy in
      tape.add(dy, to: x, on: plain)
      guard tape.tracks(v) else { return }
      let dv = Tensor(uninitialized: v.shape)
      plain.forEach(x.shape[0]) { sample, _ in
        var sums = [Double](repeating: 0, count: n)
        sums.withUnsafeMutableBufferPointer { sums in
          plain.kernels.column_dots(dy.pointer + sample * rows * n, nil, n, rows, n, sums.baseAddress, nil)
        }
        for channel in 0..<n { dv.mutablePointer[sample * n + channel] = Float(sums[channel]) }
      }
      tape.add(dv, to: v, on: plain)
    }
    return y
  }

  /// The gated unit of the U-Net's feed-forward layers: `[…, 2C]` → value · gelu(gate) `[…, C]`.
  package func geglu(_ x: Tensor) -> Tensor {
    let n = x.channels / 2
    let y = Tensor(uninitialized: x.shape.dropLast() + [n])
    forEachTile(x.rows, 64, .values(3 * y.count)) {
      kernels.geglu(y.mutablePointer + $0 * n, x.pointer + $0 * 2 * n, $1, n)
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: x.shape)
      plain.forEachTile(x.rows, 64) {
        plain.kernels.geglu_back(
          dx.mutablePointer + $0 * 2 * n, dy.pointer + $0 * n, x.pointer + $0 * 2 * n, $1, n)
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }

  /// Softmax of every row; not differentiable.
  package func softmax(_ x: Tensor) -> Tensor {
    let y = Tensor(x.shape, x.values)
    kernels.softmax(y.mutablePointer, x.rows, x.channels, 1, x.channels)
    return y
  }

  /// Concatenates the channels of a and b, row by row.
  package func concatenateChannels(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (left, right) = (a.channels, b.channels)
    let y = Tensor(uninitialized: a.shape.dropLast() + [left + right])
    forEachTile(a.rows, 1024, .values(2 * y.count)) { first, count in
      for row in first..<first + count {
        let out = y.mutablePointer + row * (left + right)
        out.update(from: a.pointer + row * left, count: left)
        (out + left).update(from: b.pointer + row * right, count: right)
      }
    }
    tape?.record(y, from: [a, b]) { [plain] tape, dy in
      if tape.tracks(a) { tape.add(plain.channels(0..<left, of: dy), to: a, on: plain) }
      if tape.tracks(b) { tape.add(plain.channels(left..<left + right, of: dy), to: b, on: plain) }
    }
    return y
  }

  /// Channels `range` of every row.
  package func channels(_ range: Range<Int>, of x: Tensor) -> Tensor {
    let (all, count) = (x.channels, range.count)
    let y = Tensor(uninitialized: x.shape.dropLast() + [count])
    forEachTile(x.rows, 1024, .values(2 * y.count)) { first, rows in
      for row in first..<first + rows {
        (y.mutablePointer + row * count).update(from: x.pointer + row * all + range.lowerBound, count: count)
      }
    }
    tape?.record(y, from: [x]) { [plain] tape, dy in
      let dx = Tensor(x.shape)
      for row in 0..<x.rows {
        (dx.mutablePointer + row * all + range.lowerBound).update(from: dy.pointer + row * count, count: count)
      }
      tape.add(dx, to: x, on: plain)
    }
    return y
  }
}
