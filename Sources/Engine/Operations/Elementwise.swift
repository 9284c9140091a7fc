import CKernels

/// A function of one value that follows a layer.
package enum Activation: String, Codable, Sendable {
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
    forEachTile(x.count, Self.elementTile) { kernel?(y.mutablePointer + $0, x.pointer + $0, $1) }
    return y
  }

  /// a + b, of the same shape.
  package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "adding \(a.shape) and \(b.shape)")
    let y = Tensor(uninitialized: a.shape)
    forEachTile(a.count, Self.elementTile) {
      kernels.add(y.mutablePointer + $0, a.pointer + $0, b.pointer + $0, $1)
    }
    return y
  }

  /// Adds a vector per sample to every row of the sample: x `[N, …, C]` + v `[N, C]`.
  package func addPerSample(_ x: Tensor, _ v: Tensor) -> Tensor {
    let n = x.channels
    let rows = x.rows / max(1, x.shape[0])
    let y = Tensor(uninitialized: x.shape)
    forEach(x.shape[0]) { sample, _ in
      let offset = sample * rows * n
      kernels.start_rows(y.mutablePointer + offset, n, v.pointer + sample * n, x.pointer + offset, n, rows, n)
    }
    return y
  }

  /// The gated unit of the U-Net's feed-forward layers: `[…, 2C]` → value · gelu(gate) `[…, C]`.
  package func geglu(_ x: Tensor) -> Tensor {
    let n = x.channels / 2
    let y = Tensor(uninitialized: x.shape.dropLast() + [n])
    forEachTile(x.rows, 64) { kernels.geglu(y.mutablePointer + $0 * n, x.pointer + $0 * 2 * n, $1, n) }
    return y
  }

  /// Channels of a, then channels of b, of the same rows.
  package func concatenateChannels(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (left, right) = (a.channels, b.channels)
    let y = Tensor(uninitialized: a.shape.dropLast() + [left + right])
    forEachTile(a.rows, 1024) { first, count in
      for row in first..<first + count {
        let out = y.mutablePointer + row * (left + right)
        out.update(from: a.pointer + row * left, count: left)
        (out + left).update(from: b.pointer + row * right, count: right)
      }
    }
    return y
  }
}
