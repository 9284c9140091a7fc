import CKernels

/// The geometry of a 2-D convolution.
package struct ConvolutionShape: Hashable, Sendable {
  package var height = 3
  package var width = 3
  package var stride = 1
  /// Zero padding: top, left, bottom, right.
  package var padding: [Int] = [1, 1, 1, 1]

  package init(kernel: Int, stride: Int = 1, padding: Int? = nil) {
    height = kernel
    width = kernel
    self.stride = stride
    self.padding = Array(repeating: padding ?? (kernel / 2), count: 4)
  }

  /// The VAE encoder's downsampling: stride 2, padded at the bottom and on the right only.
  package static let downsampling: ConvolutionShape = {
    var shape = ConvolutionShape(kernel: 3, stride: 2)
    shape.padding = [0, 0, 1, 1]
    return shape
  }()

  var taps: Int { height * width }

  func output(_ inputHeight: Int, _ inputWidth: Int) -> (height: Int, width: Int) {
    (
      (inputHeight + padding[0] + padding[2] - height) / stride + 1,
      (inputWidth + padding[1] + padding[3] - width) / stride + 1
    )
  }
}

extension Compute {
  /// Minimum number of output channels for bf16 Winograd convolution. Its error is five times that of other bf16 GEMMs,
  /// which the wide inner layers of a network tolerate and the narrow layers near its output do not.
  private static let bf16Outputs = 512
  /// Minimum number of pixels of a sample for which large bf16 Winograd weights, twice the size of the matrix, are
  /// worth their memory.
  private static let bf16Pixels = 256

  /// 2-D convolution plus bias (plus residual), then the activation: a GEMM whose left operand is the image itself, read pixel by pixel.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - residual: of the result's shape, added to it.
  /// - Returns: `[N, H', W', O]`.
  package func convolution(
    _ x: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, residual: Tensor? = nil,
    activation function: Activation? = nil
  ) -> Tensor {
    // A Winograd convolution applies ReLU as it writes its tiles; all else would read and write the result again.
    if function == .relu, tape == nil, winogradForm(shape, x, outputs: weight.outputs) != nil {
      return convolution(x, weight, shape, residual: residual, relu: true)
    }
    let y = convolution(x, weight, shape, residual: residual, relu: false)
    return function.map { activation(y, $0) } ?? y
  }

  /// - Parameter relu: whether to write max(0, y); only for a Winograd convolution without a tape.
  private func convolution(
    _ x: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, residual: Tensor?, relu: Bool
  ) -> Tensor {
    if shape.taps == 1, shape.stride == 1, shape.padding.allSatisfy({ $0 == 0 }) {
      return linear(x, weight, residual: residual)
    }
    precondition(x.channels * shape.taps == weight.inputs, "convolution of \(x.shape) by \(weight.inputs)")
    let (height, width) = shape.output(x.shape[1], x.shape[2])
    let y = Tensor(uninitialized: [x.shape[0], height, width, weight.outputs])
    let form = winogradForm(shape, x, outputs: weight.outputs)
    if let form, usesBF16, weight.outputs >= Self.bf16Outputs,
      form != .packed || x.rows >= Self.bf16Pixels * x.shape[0], let kept = weight.kept
    {
      let weights = prepared(kept.winogradBF16) {
        winogradWeights(weight.matrix, outputs: weight.outputs, side: 4, bf16: true)
      }
      winograd(x, by: weights, bias: weight.bias, residual: residual, relu: relu, bf16: true, y)
    } else if let form {
      winograd(x, by: weight.matrix, weight.kept, form, bias: weight.bias, residual: residual, relu: relu, y)
    } else if usesBF16, x.channels % 2 == 0, let bf16 = bf16Panels(weight) {
      let image = toBF16(x)
      pixelGEMM(
        ek_geometry(of: shape, image, y), image, by: bf16, columns: weight.outputs, bias: weight.bias,
        residual: residual, bf16: true, y)
    } else {
      pixelGEMM(
        ek_geometry(of: shape, x, y), x, by: weight.matrix, columns: weight.outputs, bias: weight.bias,
        residual: residual, y)
    }
    tape?.record(y, from: [x] + (residual.map { [$0] } ?? []), weights: [weight.matrix, weight.bias]) {
      [plain] tape, dy in
      if let residual { tape.add(dy, to: residual, on: plain) }
      if tape.tracks(x) { tape.add(plain.convolutionInputGradient(dy, weight, shape, like: x), to: x, on: plain) }
      if let matrix = tape.parameter(weight.matrix) {
        plain.addConvolutionGradient(of: x, dy, shape, to: matrix.gradient)
      }
      if let bias = tape.parameter(weight.bias) { plain.addColumnSums(of: dy, to: bias.gradient) }
    }
    return y
  }

  /// Winograd convolution by a packed matrix; `kept` may cache the transformed weights.
  private func winograd(
    _ x: Tensor, by matrix: Tensor, _ kept: KeptForms?, _ form: WinogradForm, bias: Tensor? = nil,
    residual: Tensor? = nil, relu: Bool = false, _ y: Tensor
  ) {
    switch form {
    case .packed:
      winograd(packed: x, by: matrix, bias: bias, residual: residual, relu: relu, y)
    case .transformed(let side):
      let weights = prepared(side == 4 ? kept?.winograd4 : kept?.winograd6) {
        winogradWeights(matrix, outputs: y.channels, side: side)
      }
      winograd(x, by: weights, bias: bias, residual: residual, relu: relu, y)
    }
  }

  /// The gradient of a convolution's input: each input pixel gathers the gradients of the outputs that read it,
  /// multiplied by the weights with each tap transposed and the taps reversed.
  private func convolutionInputGradient(
    _ dy: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, like x: Tensor
  ) -> Tensor {
    let dx = Tensor(uninitialized: x.shape)
    let exchanged = exchanged(weight, taps: shape.taps)
    if let form = winogradForm(shape, dy, outputs: x.channels) {
      winograd(dy, by: exchanged, nil, form, dx)
      return dx
    }
    var geometry = ek_geometry(of: shape, dy, dx)
    geometry.step = 1
    geometry.divisor = shape.stride
    geometry.top = shape.height - 1 - shape.padding[0]
    geometry.left = shape.width - 1 - shape.padding[1]
    pixelGEMM(geometry, dy, by: exchanged, columns: x.channels, dx)
    return dx
  }

  /// sum += (pixels read by each tap)ᵀ · (gradients of the outputs).
  private func addConvolutionGradient(
    of x: Tensor, _ dy: Tensor, _ shape: ConvolutionShape, to sum: Tensor
  ) {
    let zeros = Tensor([x.channels])
    withPanels(of: dy) { right in
      addTransposedGEMM(
        sum, taps: shape.taps, rows: x.channels, columns: dy.channels, depth: dy.rows, by: right
      ) { tap, range, table in
        var one = ek_geometry(of: shape, x, dy)
        (one.kernel_height, one.kernel_width) = (1, 1)
        one.top -= tap / shape.width
        one.left -= tap % shape.width
        ek_receptive_rows(table, &one, range.lowerBound, range.count, range.count, zeros.pointer)
      }
    }
    withExtendedLifetime((x, zeros)) {}
  }

  /// y = (pixels that each output reads) · matrix.
  private func pixelGEMM(
    _ geometry: ek_geometry, _ image: Tensor, by matrix: Tensor, columns: Int, bias: Tensor? = nil,
    residual: Tensor? = nil, bf16: Bool = false, _ y: Tensor
  ) {
    let zeros = Tensor([image.channels])
    gemm(
      y.mutablePointer, rows: y.rows, columns: columns, taps: geometry.kernel_height * geometry.kernel_width,
      depth: image.channels, by: GEMMPanels(matrix), bias: bias, residual: residual, bf16: bf16
    ) { range, stride, table in
      withUnsafePointer(to: geometry) {
        ek_receptive_rows(table, $0, range.lowerBound, range.count, stride, zeros.pointer)
      }
    }
    withExtendedLifetime((image, matrix, zeros)) {}
  }
}

extension ek_geometry {
  /// Which pixels of its image the outputs of a convolution read.
  fileprivate init(of shape: ConvolutionShape, _ image: Tensor, _ results: Tensor) {
    self.init()
    self.image = image.pointer
    (in_height, in_width, channels) = (image.shape[1], image.shape[2], image.shape[3])
    (out_height, out_width) = (results.shape[1], results.shape[2])
    (kernel_height, kernel_width) = (shape.height, shape.width)
    (step, divisor) = (shape.stride, 1)
    (top, left) = (shape.padding[0], shape.padding[1])
  }
}
