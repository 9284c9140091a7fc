import Engine
import TestSupport
import Testing

/// The gradients of every operation against PyTorch's: `Tests/Fixtures/engine/gradients.py`.
struct GradientTests {
  /// An operation under test: the names of its inputs and a closure that calls it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [String]
    let images: Bool
    let run: @Sendable (Compute, [String: Tensor]) -> Tensor

    init(
      _ name: String, _ inputs: [String] = ["x"], images: Bool = false,
      run: @escaping @Sendable (Compute, [String: Tensor]) -> Tensor
    ) {
      self.name = name
      self.inputs = inputs
      self.images = images
      self.run = run
    }

    var testDescription: String { name }
  }

  private static func value(_ inputs: [String: Tensor], _ name: String) -> Tensor { inputs[name] ?? Tensor([0]) }

  static let cases: [Case] =
    [
      Case("geglu") { $0.geglu(value($1, "x")) },
      Case("persample", ["x", "v"]) { $0.addPerSample(value($1, "x"), value($1, "v")) },
      Case("concatenate", ["x", "y"]) { $0.concatenateChannels(value($1, "x"), value($1, "y")) },
      Case("attention", ["q", "k", "v"]) { $0.attention(value($1, "q"), value($1, "k"), value($1, "v"), heads: 3) },
      Case("causal", ["q", "k", "v"]) {
        $0.attention(value($1, "q"), value($1, "k"), value($1, "v"), heads: 3, causal: true)
      },
      Case("upsample", images: true) { $0.upsampleNearest(value($1, "x"), height: 7, width: 10) },
      Case("maxpool", images: true) { $0.maxPool(value($1, "x"), size: 3, stride: 2, padding: 1) },
      Case("averagepool", images: true) { $0.globalAveragePool(value($1, "x")) },
      Case("product", ["x", "y"]) { $0.matrixProduct(value($1, "x"), value($1, "y")) },
      Case("normalise") { $0.normaliseRows(value($1, "x")) },
      Case("exponential", ["x", "s"]) { $0.scaleByExponential(value($1, "x"), value($1, "s")) },
      Case("multiply", ["x", "y"]) { $0.multiply(value($1, "x"), value($1, "y")) },
      Case("gather") { $0.gatherRows(value($1, "x"), [3, 0, 3, 1]) },
      Case("mse", ["x", "y"]) { $0.meanSquaredError(value($1, "x"), value($1, "y")) },
      Case("mae", ["x", "y"]) { $0.meanAbsoluteError(value($1, "x"), value($1, "y")) },
      Case("crossentropy") { $0.crossEntropy(value($1, "x"), labels: [2, 0, 4]) },
      Case("kl") { $0.gaussianKL(value($1, "x")) },
    ]
    + Activation.allCases.map { function in
      Case(function.rawValue) { $0.activation(value($1, "x"), function) }
    }

  @Test(arguments: cases) func operationsAgreeWithPyTorch(operation: Case) throws {
    try Self.compare(operation.name, inputs: operation.inputs, images: operation.images, run: operation.run)
  }

  /// A layer with weights, whose `weight` and `bias` have gradients too.
  struct Layer: Sendable, CustomTestStringConvertible {
    let name: String
    let shape: ConvolutionShape?
    var testDescription: String { name }
  }

  static let layers: [Layer] = {
    func shape(_ kernel: Int, stride: Int = 1, padding: Int? = nil) -> ConvolutionShape {
      ConvolutionShape(kernel: kernel, stride: stride, padding: padding)
    }
    return [
      Layer(name: "linear", shape: nil), Layer(name: "conv3", shape: shape(3)),
      Layer(name: "conv3wide", shape: shape(3)), Layer(name: "conv3s2", shape: shape(3, stride: 2)),
      Layer(name: "conv3end", shape: .downsampling), Layer(name: "conv1s2", shape: shape(1, stride: 2, padding: 0)),
      Layer(name: "conv7s2", shape: shape(7, stride: 2)), Layer(name: "patch", shape: shape(4, stride: 4, padding: 0)),
    ]
  }()

  @Test(arguments: layers) func layersAgreeWithPyTorch(layer: Layer) throws {
    let fixture = try golden("engine/gradients.safetensors")
    let weight = try Self.tensor(fixture, "\(layer.name).weight")
    let bias = try Self.tensor(fixture, "\(layer.name).bias")
    let matrix =
      layer.shape == nil
      ? PackedMatrix(linear: weight, bias: bias, isFixed: false)
      : PackedMatrix(convolution: weight, bias: bias, isFixed: false)
    let parameters = ParameterSet()
    let taps = weight.shape.dropFirst(2).reduce(1, *)
    parameters.add(Parameter("weight", weight.shape, matrix.matrix, layout: .matrix(taps: taps)))
    parameters.add(Parameter("bias", bias.shape, bias))
    try Self.compare(
      layer.name, inputs: layer.shape == nil ? ["x", "residual"] : ["x"], images: layer.shape != nil,
      parameters: parameters
    ) { compute, inputs in
      if let shape = layer.shape { return compute.convolution(Self.value(inputs, "x"), matrix, shape) }
      return compute.linear(Self.value(inputs, "x"), matrix, residual: inputs["residual"])
    }
  }

  @Test(arguments: ["groupnorm", "groupnormsilu", "layernorm", "batchnorm"])
  func normalisationsAgreeWithPyTorch(name: String) throws {
    let fixture = try golden("engine/gradients.safetensors")
    let gain = try Self.tensor(fixture, "\(name).gain")
    let bias = try Self.tensor(fixture, "\(name).bias")
    let parameters = ParameterSet()
    parameters.add(Parameter("gain", gain.shape, gain))
    parameters.add(Parameter("bias", bias.shape, bias))
    let (mean, variance) = (Tensor(bias.shape), Tensor(bias.shape, repeating: 1))
    try Self.compare(name, inputs: ["x"], images: name != "layernorm", parameters: parameters, threads: [2]) {
      let x = Self.value($1, "x")
      return switch name {
      case "groupnorm": $0.groupNorm(x, groups: 3, gain: gain, bias: bias, epsilon: 1e-5)
      case "groupnormsilu": $0.groupNorm(x, groups: 2, gain: gain, bias: bias, epsilon: 1e-6, silu: true)
      case "layernorm": $0.layerNorm(x, gain: gain, bias: bias, epsilon: 1e-5)
      default: $0.batchNorm(x, gain: gain, bias: bias, mean: mean, variance: variance)
      }
    }
    if name == "batchnorm" {
      #expect(Comparison(mean.values, try Self.tensor(fixture, "batchnorm.mean").values).relative < 1e-5)
      #expect(Comparison(variance.values, try Self.tensor(fixture, "batchnorm.variance").values).relative < 1e-5)
    }
  }

  private static func tensor(_ fixture: [String: (shape: [Int], values: [Float])], _ name: String) throws -> Tensor {
    let entry = try #require(fixture[name], "the fixture has no \(name)")
    return Tensor(entry.shape, entry.values)
  }

  /// Runs a case with several numbers of threads: the results are within 1e-4 of PyTorch's and have the same bits.
  private static func compare(
    _ name: String, inputs names: [String], images: Bool, parameters: ParameterSet = ParameterSet(),
    threads: [Int] = [1, 2, 3], run: (Compute, [String: Tensor]) -> Tensor
  ) throws {
    let fixture = try golden("engine/gradients.safetensors")
    func input(_ part: String) throws -> Tensor {
      let value = try tensor(fixture, "\(name).\(part)")
      return images && value.shape.count == 4 ? value.channelsLast : value
    }
    var bits: [Float]?
    for count in threads {
      let compute = try Compute(threads: count)
      parameters.zeroGradients()
      let tape = Tape(parameters: parameters)
      var inputs: [String: Tensor] = [:]
      for name in names {
        let value = try input(name)
        tape.watch(value)
        inputs[name] = value
      }
      let result = run(compute.recording(on: tape), inputs)
      #expect(Comparison(result.values, try input("result").values).relative < 1e-5, "\(name)")
      tape.backward(result, from: try input("up"), on: compute)
      var all: [Float] = []
      for input in names {
        let own = try #require(inputs[input].flatMap(tape.gradient), "no gradient of \(input)")
        var expected = try tensor(fixture, "\(name).d.\(input)")
        if images, expected.shape.count == 4 { expected = expected.channelsLast }
        let comparison = Comparison(own.values, expected.values)
        #expect(comparison.relative < 1e-4, "\(name), d \(input): \(comparison)")
        all += own.values
      }
      for parameter in parameters.all {
        let own = parameter.exported(parameter.gradient).values
        let comparison = Comparison(own, try tensor(fixture, "\(name).d.\(parameter.name)").values)
        #expect(comparison.relative < 1e-4, "\(name), d \(parameter.name): \(comparison)")
        all += own
      }
      #expect(bits == nil || bits == all, "\(name) with \(count) threads")
      bits = all
    }
  }
}
