import CKernels
import Foundation

/// Losses per sample, `[N]`; `weightedSum` combines them into one number.
extension Compute {
  /// The mean of (x − target)² over each sample.
  package func meanSquaredError(_ x: Tensor, _ target: Tensor) -> Tensor {
    pointwise(x, target, value: { $0 * $0 }, slope: { 2 * $0 })
  }

  /// The mean of |x − target| over each sample.
  package func meanAbsoluteError(_ x: Tensor, _ target: Tensor) -> Tensor {
    pointwise(x, target, value: { abs($0) }, slope: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
  }

  private func pointwise(
    _ x: Tensor, _ target: Tensor, value: @escaping (Float) -> Float, slope: @escaping (Float) -> Float
  ) -> Tensor {
    precondition(x.shape == target.shape, "comparing \(x.shape) with \(target.shape)")
    let samples = x.shape[0]
    let count = x.count / max(1, samples)
    let y = Tensor(uninitialized: [samples])
    forEach(samples) { sample, _ in
      var sum = 0.0
      for index in sample * count..<(sample + 1) * count {
        sum += Double(value(x.pointer[index] - target.pointer[index]))
      }
      y.mutablePointer[sample] = Float(sum / Double(count))
    }
    tape?.record(y, from: [x, target]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: x.shape)
      plain.forEach(samples) { sample, _ in
        let factor = dy.pointer[sample] / Float(count)
        for index in sample * count..<(sample + 1) * count {
          dx.mutablePointer[index] = factor * slope(x.pointer[index] - target.pointer[index])
        }
      }
      tape.add(dx, to: x, on: plain)
      if tape.tracks(target) { tape.add(plain.scale(dx, by: -1), to: target, on: plain) }
    }
    return y
  }

  /// −log softmax(logits)[label] of each row: `[N, classes]` → `[N]`.
  package func crossEntropy(_ logits: Tensor, labels: [Int]) -> Tensor {
    let (rows, classes) = (logits.rows, logits.channels)
    precondition(labels.count == rows && labels.allSatisfy((0..<classes).contains), "labels of \(logits.shape)")
    let probabilities = Tensor(logits.shape, logits.values)
    kernels.softmax(probabilities.mutablePointer, rows, classes, 1, classes)
    let y = Tensor(uninitialized: [rows])
    for (row, label) in labels.enumerated() {
      let own = UnsafeBufferPointer(start: logits.pointer + row * classes, count: classes)
      let top = own.max() ?? 0
      let sum = own.reduce(0.0) { $0 + exp(Double($1 - top)) }
      y.mutablePointer[row] = Float(log(sum) - Double(own[label] - top))
    }
    tape?.record(y, from: [logits]) { [plain] tape, dy in
      let dx = Tensor(logits.shape, probabilities.values)
      for (row, label) in labels.enumerated() {
        let own = dx.mutablePointer + row * classes
        own[label] -= 1
        for index in 0..<classes { own[index] *= dy.pointer[row] }
      }
      tape.add(dx, to: logits, on: plain)
    }
    return y
  }

  /// The divergence of a diagonal Gaussian from the standard one, summed over each sample.
  ///
  /// - Parameter moments: `[N, …, 2C]`: means, then logarithms of variances.
  package func gaussianKL(_ moments: Tensor) -> Tensor {
    let samples = moments.shape[0]
    let half = moments.channels / 2
    let rows = moments.rows / max(1, samples)
    let y = Tensor(uninitialized: [samples])
    forEach(samples) { sample, _ in
      var sum = 0.0
      for row in sample * rows..<(sample + 1) * rows {
        let own = moments.pointer + row * 2 * half
        for index in 0..<half {
          let (mean, log) = (Double(own[index]), Double(own[half + index]))
          sum += 0.5 * (mean * mean + exp(log) - 1 - log)
        }
      }
      y.mutablePointer[sample] = Float(sum)
    }
    tape?.record(y, from: [moments]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: moments.shape)
      plain.forEach(samples) { sample, _ in
        for row in sample * rows..<(sample + 1) * rows {
          let own = moments.pointer + row * 2 * half
          let out = dx.mutablePointer + row * 2 * half
          for index in 0..<half {
            out[index] = dy.pointer[sample] * own[index]
            out[half + index] = dy.pointer[sample] * 0.5 * (exp(own[half + index]) - 1)
          }
        }
      }
      tape.add(dx, to: moments, on: plain)
    }
    return y
  }

  /// mean + e^(log variance / 2) · noise.
  ///
  /// - Parameters:
  ///   - moments: `[N, …, 2C]`: means, then logarithms of variances.
  ///   - noise: `[N, …, C]`.
  /// - Returns: `[N, …, C]`.
  package func sampleGaussian(_ moments: Tensor, noise: Tensor) -> Tensor {
    let half = moments.channels / 2
    let y = Tensor(uninitialized: noise.shape)
    for row in 0..<moments.rows {
      for index in 0..<half {
        let deviation = exp(0.5 * moments.pointer[row * 2 * half + half + index])
        y.mutablePointer[row * half + index] =
          moments.pointer[row * 2 * half + index] + deviation * noise.pointer[row * half + index]
      }
    }
    tape?.record(y, from: [moments]) { [plain] tape, dy in
      let dx = Tensor(uninitialized: moments.shape)
      for row in 0..<moments.rows {
        for index in 0..<half {
          let deviation = exp(0.5 * moments.pointer[row * 2 * half + half + index])
          let up = dy.pointer[row * half + index]
          dx.mutablePointer[row * 2 * half + index] = up
          dx.mutablePointer[row * 2 * half + half + index] =
            up * 0.5 * deviation * noise.pointer[row * half + index]
        }
      }
      tape.add(dx, to: moments, on: plain)
    }
    return y
  }

  /// Σ weightᵢ · xᵢ: `[N]` → `[1]`.
  package func weightedSum(_ x: Tensor, _ weights: [Float]) -> Tensor {
    precondition(x.count == weights.count, "\(weights.count) weights for \(x.count) losses")
    let sum = zip(x.values, weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let y = Tensor([1], [Float(sum)])
    tape?.record(y, from: [x]) { [plain] tape, dy in
      tape.add(Tensor(x.shape, weights.map { $0 * dy.pointer[0] }), to: x, on: plain)
    }
    return y
  }
}
