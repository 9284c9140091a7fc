import CKernels
import Foundation

/// An optimizer.
package enum Optimizer: Codable, Hashable, Sendable {
  /// Adam with decoupled weight decay. Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization"; rounded
  /// as `torch.optim.AdamW` does.
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 1e-2)
  /// Stochastic gradient descent with momentum, as `torch.optim.SGD` has it.
  case sgd(momentum: Double = 0.9, weightDecay: Double = 0, nesterov: Bool = false)

  /// Number of moment tensors that it keeps for each parameter.
  package var moments: Int {
    switch self {
    case .adamW: 2
    case .sgd: 1
    }
  }
}

extension Compute {
  private static let updateTile = 1 << 15

  /// Updates a parameter by its gradient.
  ///
  /// - Parameters:
  ///   - moments: the optimizer's state for this parameter, zero before the first step; changed in place.
  ///   - step: from 1.
  ///   - factor: scales the gradient before the update, for gradient clipping.
  package func update(
    _ parameter: Parameter, moments: [Tensor], by optimizer: Optimizer, rate: Double, step: Int, factor: Float = 1
  ) {
    let value = parameter.value.mutablePointer
    let gradient = parameter.gradient.mutablePointer
    let first = moments[0].mutablePointer
    switch optimizer {
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      let second = moments[1].mutablePointer
      let correction1 = 1 - pow(beta1, Double(step))
      let correction2 = (1 - pow(beta2, Double(step))).squareRoot()
      let keep = Float(1 - rate * weightDecay)
      let size = Float(rate / correction1)
      let root = Float(correction2)
      let (b1, b2, small) = (Float(beta1), Float(beta2), Float(epsilon))
      let (rest1, rest2) = (Float(1 - beta1), Float(1 - beta2))
      forEachTile(parameter.value.count, Self.updateTile) { start, count in
        for index in start..<start + count {
          let slope = gradient[index] * factor
          first[index] = b1 * first[index] + rest1 * slope
          second[index] = b2 * second[index] + rest2 * slope * slope
          value[index] =
            value[index] * keep - size * (first[index] / (second[index].squareRoot() / root + small))
        }
      }
    case .sgd(let momentum, let weightDecay, let nesterov):
      let (hold, decay, size) = (Float(momentum), Float(weightDecay), Float(rate))
      forEachTile(parameter.value.count, Self.updateTile) { start, count in
        for index in start..<start + count {
          let slope = gradient[index] * factor + decay * value[index]
          first[index] = step == 1 ? slope : hold * first[index] + slope
          value[index] -= size * (nesterov ? slope + hold * first[index] : first[index])
        }
      }
    }
  }

  /// average = decay · average + (1 − decay) · x.
  package func follow(_ average: Tensor, _ x: Tensor, decay: Float) {
    forEachTile(x.count, Self.updateTile) { start, count in
      kernels.blend(
        average.mutablePointer + start, decay, average.pointer + start, 1 - decay, x.pointer + start, count)
    }
  }

  /// Σ x², in double precision and a fixed order.
  package func squaredSum(_ x: Tensor) -> Double {
    let tiles = (x.count + Self.updateTile - 1) / Self.updateTile
    var parts = [Double](repeating: 0, count: tiles)
    parts.withUnsafeMutableBufferPointer { parts in
      guard let base = parts.baseAddress else { return }
      let own = SharedDoubles(base)
      forEach(tiles) { piece, _ in
        let end = min(x.count, (piece + 1) * Self.updateTile)
        var sum = 0.0
        for index in piece * Self.updateTile..<end { sum += Double(x.pointer[index]) * Double(x.pointer[index]) }
        own.pointer[piece] = sum
      }
    }
    return parts.reduce(0, +)
  }
}
