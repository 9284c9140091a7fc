import Checkpoints
import Engine

/// A convolution with batch normalisation and ReLU: torchvision's `BasicConv2d`.
struct InceptionUnit: Sendable {
  private let layer: NormalisedConv2D

  init(_ weights: Weights, _ name: String, _ inputs: Int, _ outputs: Int, _ shape: ConvolutionShape) throws {
    layer = try NormalisedConv2D(
      weights, "\(name).conv", normalisedBy: "\(name).bn", inputs, outputs, shape, epsilon: 1e-3)
  }

  func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
    compute.activation(layer(x, on: compute), .relu)
  }
}

/// A block of parallel branches whose channels are concatenated.
struct InceptionBlock: Sendable {
  /// The layers of a block at full width.
  struct Plan: Sendable {
    let name: String
    let branches: [Branch]
    let pool: Pool
  }

  /// Consecutive convolutions; the last stage may split into two parallel ones.
  struct Branch: Sendable {
    let units: [Unit]
    var split: [Unit] = []
  }

  struct Unit: Sendable {
    let name: String
    let outputs: Int
    let shape: ConvolutionShape
  }

  enum Pool: Sendable {
    /// Average of the pixels inside the image, stride 1, then a 1×1 convolution.
    case average(Int)
    /// Maximum, stride 1, then a 1×1 convolution.
    case maximum(Int)
    /// Maximum, stride 2, without a convolution.
    case halving
  }

  private struct Path: Sendable {
    let units: [InceptionUnit]
    let split: [InceptionUnit]
  }

  let outputs: Int
  private let paths: [Path]
  private let pool: Pool
  private let projection: InceptionUnit?

  init(_ weights: Weights, _ plan: Plan, inputs: Int, width: (Int) -> Int) throws {
    var total = 0
    func unit(_ unit: Unit, _ from: Int) throws -> InceptionUnit {
      try InceptionUnit(weights, "\(plan.name).\(unit.name)", from, width(unit.outputs), unit.shape)
    }
    paths = try plan.branches.map { branch in
      var from = inputs
      let units = try branch.units.map { next in
        defer { from = width(next.outputs) }
        return try unit(next, from)
      }
      let split = try branch.split.map { try unit($0, from) }
      total += branch.split.isEmpty ? from : branch.split.reduce(0) { $0 + width($1.outputs) }
      return Path(units: units, split: split)
    }
    pool = plan.pool
    switch plan.pool {
    case .average(let outputs), .maximum(let outputs):
      projection = try unit(Unit(name: "branch_pool", outputs: outputs, shape: .init(kernel: 1)), inputs)
      total += width(outputs)
    case .halving:
      projection = nil
      total += inputs
    }
    outputs = total
  }

  func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
    var parts: [Tensor] = []
    for path in paths {
      let h = path.units.reduce(x) { $1($0, on: compute) }
      parts += path.split.isEmpty ? [h] : path.split.map { $0(h, on: compute) }
    }
    let pooled =
      switch pool {
      case .average: compute.averagePool(x, size: 3, stride: 1, padding: 1, includingPadding: false)
      case .maximum: compute.maxPool(x, size: 3, stride: 1, padding: 1)
      case .halving: compute.maxPool(x, size: 3, stride: 2, padding: 0)
      }
    parts.append(projection?(pooled, on: compute) ?? pooled)
    return parts.dropFirst().reduce(parts[0]) { compute.concatenateChannels($0, $1) }
  }
}
