import Engine
import Files
import TestSupport
import Testing
import Vocabulary

/// The operations with every instruction set against plain loops in double precision.
struct OperationTests {
  private func random(_ shape: [Int], _ seed: UInt64) -> Tensor {
    var generator = TorchGenerator(seed: seed)
    return Tensor(shape, generator.normal(shape.reduce(1, *)))
  }

  private func computes() throws -> [Compute] {
    try InstructionSet.available.flatMap { instructions in
      try [1, 2].map { try Compute(threads: $0, instructions: instructions) }
    }
  }

  @Test(arguments: [(1, 7, 5), (3, 300, 48), (2, 77, 130)])
  func linearIsGEMMPlusBiasPlusResidual(samples: Int, rows: Int, outputs: Int) throws {
    let x = random([samples, rows, 33], 1)
    let weight = random([outputs, 33], 2)
    let bias = random([outputs], 3)
    let residual = random([samples, rows, outputs], 4)
    var expected: [Float] = []
    for row in 0..<samples * rows {
      for column in 0..<outputs {
        var sum = Double(bias.values[column]) + Double(residual.values[row * outputs + column])
        for k in 0..<33 { sum += Double(x.pointer[row * 33 + k]) * Double(weight.pointer[column * 33 + k]) }
        expected.append(Float(sum))
      }
    }
    for compute in try computes() {
      let y = compute.linear(x, PackedMatrix(linear: weight, bias: bias, isFixed: true), residual: residual)
      #expect(Comparison(y.values, expected).maximum < 1e-4, "\(compute.kind)")
    }
  }

  /// The last columns fill various parts of a register; with 1024 inputs, the stride between rows is a power of two.
  @Test(arguments: [33, 1024], [1, 3, 4, 8, 9, 20, 129])
  func linearHasAnyNumberOfColumns(inputs: Int, outputs: Int) throws {
    let x = random([11, inputs], 30)
    let weight = random([outputs, inputs], 31)
    var expected: [Float] = []
    for row in 0..<11 {
      for column in 0..<outputs {
        var sum = 0.0
        for k in 0..<inputs { sum += Double(x.pointer[row * inputs + k]) * Double(weight.pointer[column * inputs + k]) }
        expected.append(Float(sum))
      }
    }
    for compute in try computes() {
      let y = compute.linear(x, PackedMatrix(linear: weight, bias: nil, isFixed: true))
      #expect(Comparison(y.values, expected).maximum < 2e-4, "\(compute.kind)")
    }
  }

  /// Sizes that are large enough for Strassen's algorithm, with one block of depth and with a second, partial one.
  @Test(arguments: [128, 704], [34, 98, 99])
  func largeLayersAgreeWithPlainLoops(inputs: Int, rows: Int) throws {
    let (x, residual) = (random([3, rows, inputs], 40), random([3, rows, 192], 41))
    let (weight, bias) = (random([192, inputs], 42), random([192], 43))
    var expected: [Float] = []
    for row in 0..<3 * rows {
      for column in 0..<192 {
        var sum = Double(bias.pointer[column]) + Double(residual.pointer[row * 192 + column])
        for k in 0..<inputs { sum += Double(x.pointer[row * inputs + k]) * Double(weight.pointer[column * inputs + k]) }
        expected.append(Float(sum))
      }
    }
    for compute in try computes() {
      let layer = PackedMatrix(linear: weight, bias: bias, isFixed: true)
      let y = compute.linear(x, layer, residual: residual)
      #expect(Comparison(y.values, expected).relative < 1e-6, "\(compute.kind)")
      let plain = zip(expected, residual.values).map { $0 - $1 }
      #expect(Comparison(compute.linear(x, layer).values, plain).relative < 1e-6)
      // A sample has the same bits alone and in a context that does not cache the sums of the weights.
      let alone = compute.savingMemory.linear(x.slice(1..<2), layer, residual: residual.slice(1..<2))
      #expect(alone.values == y.slice(1..<2).values, "\(compute.kind)")
      // Weights that change are multiplied without Strassen's algorithm.
      let changing = PackedMatrix(linear: weight, bias: bias, isFixed: false)
      let isStrassen = compute.linear(x, changing, residual: residual).values != y.values
      #expect(isStrassen == (compute.instructions == .avx512 && rows % 2 == 0), "\(compute.kind)")
    }
  }

  /// The fused operation has the same bits as the three separate ones, in fp32 and in bf16.
  @Test(arguments: [3, 700], [24, 128])
  func gatedFeedForwardEqualsItsThreeOperations(rows: Int, width: Int) throws {
    let (x, residual) = (random([2, rows, width], 32), random([2, rows, width], 33))
    let expand = PackedMatrix(linear: random([256, width], 34), bias: random([256], 35), isFixed: true)
    let contract = PackedMatrix(linear: random([width, 128], 36), bias: random([width], 37), isFixed: true)
    let bf16 = (try? Compute(threads: 2, precision: .bf16)).map { [$0] } ?? []
    for compute in try computes() + bf16 {
      let y = compute.gatedFeedForward(x, expand: expand, contract: contract, residual: residual)
      let steps = compute.linear(compute.geglu(compute.linear(x, expand)), contract, residual: residual)
      #expect(y.values == steps.values, "\(compute.kind)")
    }
  }

  @Test func splitsIntoLanesIfAllThreadsWouldBeBusy() throws {
    let compute = try Compute(threads: 2)
    #expect([1, 2, 3, 4, 8].map { compute.lanes(for: $0).count } == [1, 2, 1, 2, 2])
    #expect(try compute.sideBySide(5) { $0 * $0 } == [0, 1, 4, 9, 16])
    #expect(throws: CancellationError.self) { try compute.sideBySide(2) { if $0 == 1 { throw CancellationError() } } }
  }

  /// With 32 channels, the first shape uses Winograd's algorithm, with tiles that exceed the image.
  @Test(
    arguments: [
      ConvolutionShape(kernel: 3), ConvolutionShape(kernel: 1), ConvolutionShape(kernel: 3, stride: 2), .downsampling,
      ConvolutionShape(kernel: 7, stride: 2),
    ], [(5, 6), (32, 20)])
  func convolutionSumsOverItsWindow(shape: ConvolutionShape, size: (channels: Int, outputs: Int)) throws {
    let (channels, outputs) = size
    let x = random([2, 9, 11, channels], 5)
    let weight = random([outputs, channels, shape.height, shape.width], 6)
    let bias = random([outputs], 7)
    let residual = random([2, 9, 11, outputs], 17)
    let height = (9 + shape.padding[0] + shape.padding[2] - shape.height) / shape.stride + 1
    let width = (11 + shape.padding[1] + shape.padding[3] - shape.width) / shape.stride + 1
    var expected: [Float] = []
    for sample in 0..<2 {
      for top in 0..<height {
        for left in 0..<width {
          for output in 0..<outputs {
            var sum = Double(bias.pointer[output])
            for dy in 0..<shape.height {
              for dx in 0..<shape.width {
                let y = top * shape.stride + dy - shape.padding[0]
                let column = left * shape.stride + dx - shape.padding[1]
                guard (0..<9).contains(y), (0..<11).contains(column) else { continue }
                for channel in 0..<channels {
                  sum +=
                    Double(x.pointer[((sample * 9 + y) * 11 + column) * channels + channel])
                    * Double(weight.pointer[((output * channels + channel) * shape.height + dy) * shape.width + dx])
                }
              }
            }
            expected.append(Float(sum))
          }
        }
      }
    }
    for compute in try computes() {
      let packed = PackedMatrix(convolution: weight, bias: bias, isFixed: true)
      let y = compute.convolution(x, packed, shape)
      #expect(y.shape == [2, height, width, outputs])
      #expect(Comparison(y.values, expected).maximum < 1e-3, "\(compute.kind)")
      #expect(compute.convolution(x.slice(1..<2), packed, shape).values == y.slice(1..<2).values, "alone")
      for function in [Activation.relu, .gelu] {
        let active = compute.convolution(x, packed, shape, activation: function)
        let isSame = active.values == compute.activation(y, function).values
        #expect(isSame, "\(compute.kind) \(function)")
      }
      guard y.shape == residual.shape else { continue }
      let sum = compute.convolution(x, packed, shape, residual: residual)
      #expect(Comparison(sum.values, zip(expected, residual.values).map { $0 + $1 }).maximum < 1e-3)
    }
  }

  /// The size of a 3×3 convolution of two samples, and the positions of its result that are checked.
  struct ConvolutionPlaces {
    let (height, width, channels, outputs): (Int, Int, Int, Int)
    let rows: [Int]
    let columns: [Int]
    let results: [Int]
  }

  /// The first case is large enough for tiles of 6×6 outputs; the second has more weights than pixels, so that they
  /// are transformed at the moment of use, 64 channels at a time. The last tiles, panel and block are partial.
  /// Positions at the borders of tiles are compared.
  @Test(arguments: [
    ConvolutionPlaces(
      height: 64, width: 70, channels: 48, outputs: 20, rows: [0, 5, 6, 7, 35, 62, 63],
      columns: [0, 1, 5, 6, 30, 65, 66, 69], results: [0, 7, 15, 16, 19]),
    ConvolutionPlaces(
      height: 7, width: 10, channels: 720, outputs: 656, rows: [0, 3, 4, 6], columns: [0, 3, 4, 8, 9],
      results: [0, 31, 32, 639, 640, 655]),
  ])
  func convolutionsOfWideImagesOrManyWeightsAgreeWithPlainLoops(_ places: ConvolutionPlaces) throws {
    let (height, width, channels, outputs) = (places.height, places.width, places.channels, places.outputs)
    let x = random([2, height, width, channels], 50)
    let weight = random([outputs, channels, 3, 3], 51)
    let (bias, residual) = (random([outputs], 52), random([2, height, width, outputs], 53))
    let packed = PackedMatrix(convolution: weight, bias: bias, isFixed: true)
    let shape = ConvolutionShape(kernel: 3)
    for compute in try computes() {
      let y = compute.convolution(x, packed, shape, residual: residual)
      for row in places.rows {
        for column in places.columns {
          for output in places.results {
            let place = ((height + row) * width + column) * outputs + output
            var sum = Double(bias.pointer[output]) + Double(residual.pointer[place])
            for (dy, dx) in (-1...1).flatMap({ dy in (-1...1).map { (dy, $0) } })
            where (0..<height).contains(row + dy) && (0..<width).contains(column + dx) {
              for channel in 0..<channels {
                sum +=
                  Double(x.pointer[((height + row + dy) * width + column + dx) * channels + channel])
                  * Double(weight.pointer[(output * channels + channel) * 9 + (dy + 1) * 3 + dx + 1])
              }
            }
            #expect(abs(Double(y.pointer[place]) - sum) < 1e-3, "\(compute.kind) \(row) \(column) \(output)")
          }
        }
      }
      let alone = compute.savingMemory.convolution(x.slice(1..<2), packed, shape, residual: residual.slice(1..<2))
      // Compared outside of #expect, whose report of the differing values would take hours.
      let isSame = alone.values == y.slice(1..<2).values
      #expect(isSame, "\(compute.kind)")
      let positive = compute.convolution(x, packed, shape, residual: residual, activation: .relu)
      let isPositivePart = positive.values == compute.activation(y, .relu).values
      #expect(isPositivePart && positive.values.contains(0), "\(compute.kind)")
    }
  }

  /// 600 keys need more than one block of keys; with queries scaled by 40, the exponentials of the scores overflow.
  @Test(arguments: [(150, false), (150, true), (600, false), (600, true)], [1, 40] as [Float])
  func attentionWeighsValuesBySoftmax(_ shape: (length: Int, causal: Bool), scale: Float) throws {
    let (length, causal) = shape
    let (k, v) = (random([2, length, 12], 9), random([2, length, 12], 10))
    let q = Tensor(k.shape, random(k.shape, 8).values.enumerated().map { $0 / 12 % 3 == 0 ? $1 * scale : $1 })
    var expected = [Float](repeating: 0, count: q.count)
    for sample in 0..<2 {
      for head in 0..<3 {
        for query in 0..<length {
          let row = (sample * length + query) * 12 + head * 4
          let seen = causal ? query + 1 : length
          let scores = (0..<seen).map { key in
            (0..<4).reduce(0.0) {
              $0 + Double(q.pointer[row + $1]) * Double(k.pointer[(sample * length + key) * 12 + head * 4 + $1])
            } / 2
          }
          let top = scores.max() ?? 0
          let total = scores.reduce(0.0) { $0 + (exponential($1 - top)) }
          for (key, score) in scores.enumerated() {
            for d in 0..<4 {
              expected[row + d] += Float(
                exponential(score - top) / total * Double(v.pointer[(sample * length + key) * 12 + head * 4 + d]))
            }
          }
        }
      }
    }
    for compute in try computes() {
      let y = compute.attention(q, k, v, heads: 3, causal: causal)
      // The last bit of a score of 100 is worth 8e-6.
      #expect(Comparison(y.values, expected).maximum < (scale > 1 ? 4e-5 : 1e-5), "\(compute.kind)")
    }
  }

  @Test func normalisationsAgreeWithTheirFormulas() throws {
    let x = random([2, 5, 7, 24], 11)
    let (gain, bias) = (random([24], 12), random([24], 13))
    let rows = 35
    var group = [Float](repeating: 0, count: x.count)
    var layer = group
    for sample in 0..<2 {
      for part in 0..<4 {
        let cells = (0..<rows).flatMap { row in (0..<6).map { (sample * rows + row) * 24 + part * 6 + $0 } }
        normalise(x, cells, gain, bias, 1e-5, &group)
      }
      for row in 0..<rows {
        normalise(x, (0..<24).map { (sample * rows + row) * 24 + $0 }, gain, bias, 1e-5, &layer)
      }
    }
    for compute in try computes() {
      let first = compute.groupNorm(x, groups: 4, gain: gain, bias: bias, epsilon: 1e-5)
      #expect(Comparison(first.values, group).maximum < 1e-5, "\(compute.kind)")
      let fused = compute.groupNorm(x, groups: 4, gain: gain, bias: bias, epsilon: 1e-5, silu: true)
      #expect(Comparison(fused.values, group.map { $0 / (1 + Float(exponential(Double(-$0)))) }).maximum < 1e-5)
      let second = compute.layerNorm(x, gain: gain, bias: bias, epsilon: 1e-5)
      #expect(Comparison(second.values, layer).maximum < 1e-5, "\(compute.kind)")
    }
  }

  private func normalise(
    _ x: Tensor, _ cells: [Int], _ gain: Tensor, _ bias: Tensor, _ epsilon: Double, _ result: inout [Float]
  ) {
    let values = cells.map { Double(x.pointer[$0]) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    for (cell, value) in zip(cells, values) {
      let channel = cell % 24
      result[cell] = Float(
        (value - mean) / (variance + epsilon).squareRoot() * Double(gain.pointer[channel])
          + Double(bias.pointer[channel]))
    }
  }

  @Test(arguments: [Activation.silu, .gelu, .quickGELU, .relu])
  func activationsAgreeWithTheirFormulasAtLargeInputs(function: Activation) throws {
    let inputs = (-4000...4000).map { Float($0) / 40 }
    let expected = inputs.map { x -> Float in
      let value = Double(x)
      return switch function {
      case .silu: Float(value / (1 + exponential(-value)))
      case .quickGELU: Float(value / (1 + exponential(-1.702 * value)))
      case .gelu: Float(value * normalDistribution(value))
      case .relu: max(0, x)
      }
    }
    for compute in try computes() {
      let y = compute.activation(Tensor([inputs.count], inputs), function)
      #expect(Comparison(y.values, expected).maximum < 1e-5, "\(compute.kind)")
    }
  }

  @Test func nearestEnlargementCopiesTheRightPixels() throws {
    let compute = try Compute(threads: 2)
    let x = Tensor([1, 2, 2, 1], [1, 2, 3, 4])
    #expect(compute.upsampleNearest(x, height: 3, width: 4).values == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4])
  }

  @Test func maximumPoolingIgnoresItsPadding() throws {
    let compute = try Compute(threads: 2)
    let x = Tensor([1, 2, 2, 1], [-1, -2, -3, -4])
    #expect(compute.maxPool(x, size: 3, stride: 2, padding: 1).values == [-1])
  }

  /// A CPU without bf16 instructions refuses bf16 with a message that names the precision.
  @Test(arguments: [(64, 48), (40, 77)])
  func bf16IsCloseToFP32(width: Int, length: Int) throws {
    let exact = try Compute(threads: 2)
    let bf16: Compute
    do {
      bf16 = try Compute(threads: 2, precision: .bf16)
    } catch let error as ComputeError {
      #expect(error.description.contains("bf16"))
      return
    }
    #expect(bf16.kind != exact.kind)
    let x = random([2, length, width], 20)
    let layer = PackedMatrix(linear: random([100, width], 21), bias: random([100], 22), isFixed: true)
    let result = bf16.linear(x, layer)
    #expect(Comparison(result.values, exact.linear(x, layer).values).relative < 5e-3)
    #expect(bf16.linear(x.slice(1..<2), layer).values == result.slice(1..<2).values)
    let image = random([2, 6, 7, width], 23)
    let kernel = PackedMatrix(convolution: random([9, width, 3, 3], 24), bias: nil, isFixed: true)
    let shape = ConvolutionShape(kernel: 3, stride: 2)
    #expect(
      Comparison(bf16.convolution(image, kernel, shape).values, exact.convolution(image, kernel, shape).values).relative
        < 5e-3)
    // Enough output channels for bf16 Winograd convolution.
    let square = random([2, 9, 10, 48], 27)
    let own = PackedMatrix(convolution: random([520, 48, 3, 3], 28), bias: random([520], 29), isFixed: true)
    let same = ConvolutionShape(kernel: 3)
    let convolved = bf16.convolution(square, own, same)
    let error = Comparison(convolved.values, exact.convolution(square, own, same).values).relative
    #expect(error > 2.5e-3 && error < 2e-2)
    #expect(bf16.convolution(square.slice(1..<2), own, same).values == convolved.slice(1..<2).values)
    let (k, v) = (random([2, length, width], 25), random([2, length, width], 26))
    for causal in [false, true] {
      let y = bf16.attention(x, k, v, heads: 2, causal: causal)
      #expect(Comparison(y.values, exact.attention(x, k, v, heads: 2, causal: causal).values).relative < 1e-2)
    }
    // Weights that change are never converted to bf16.
    let changing = PackedMatrix(linear: random([50, width], 21), bias: nil, isFixed: false)
    #expect(bf16.linear(x, changing).values == exact.linear(x, changing).values)
  }

  /// Dot products and fp32 multiply-adds of widened values compute the same bits, also of numbers below the normal range, so that
  /// either may be used on any CPU.
  @Test func bf16ProductsHaveTheSameBitsInBothForms() throws {
    guard let dots = try? Compute(threads: 2, precision: .bf16, widensBF16: false) else { return }
    let widened = try Compute(threads: 2, precision: .bf16, widensBF16: true)
    #expect(dots.kind == widened.kind)
    func bits(_ x: Tensor) -> [UInt32] { x.values.map(\.bitPattern) }
    for scale: Float in [1, 1e-19, 1e-38] {
      // Several groups of rows, two blocks of the depth, and columns that fill half a register.
      let x = Tensor([1, 120, 1300], random([1, 120, 1300], 30).values.map { $0 * scale })
      let layer = PackedMatrix(
        linear: Tensor([104, 1300], random([104, 1300], 31).values.map { $0 * scale }), bias: random([104], 32),
        isFixed: true)
      #expect(bits(dots.linear(x, layer)) == bits(widened.linear(x, layer)))
    }
    let image = random([2, 9, 10, 48], 33)
    for outputs in [24, 520] {
      let kernel = PackedMatrix(
        convolution: random([outputs, 48, 3, 3], 34), bias: random([outputs], 35), isFixed: true)
      for stride in [1, 2] {
        let shape = ConvolutionShape(kernel: 3, stride: stride)
        #expect(bits(dots.convolution(image, kernel, shape)) == bits(widened.convolution(image, kernel, shape)))
      }
    }
    let (q, k, v) = (random([2, 600, 80], 36), random([2, 600, 80], 37), random([2, 600, 80], 38))
    for causal in [false, true] {
      #expect(
        bits(dots.attention(q, k, v, heads: 2, causal: causal))
          == bits(widened.attention(q, k, v, heads: 2, causal: causal)))
    }
  }
}
