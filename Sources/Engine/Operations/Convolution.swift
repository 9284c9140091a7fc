import CKernels

/// The geometry of a 2-D convolution.
package struct ConvolutionShape: Hashable, Sendable {
  package var height = 3
  package var width = 3
  package var stride = 1
  /// Zeros around the image: top, left, bottom, right.
  package var padding: [Int] = [1, 1, 1, 1]

  package init(kernel: Int, stride: Int = 1, padding: Int? = nil) {
    height = kernel
    width = kernel
    self.stride = stride
    self.padding = Array(repeating: padding ?? (kernel / 2), count: 4)
  }

  /// The VAE encoder's downsampling: stride 2 with zeros below and to the right only.
  package static let halvingAtEnd: ConvolutionShape = {
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
  /// Outputs of a layer from which on Winograd's products take halves: they lose five times what other products of halves
  /// do, which the wide inner layers of a network forgive and the narrow ones next to its result do not.
  private static let halvedOutputs = 512
  /// Pixels of a sample from which on many such weights, twice as large as the matrix, are worth their memory.
  private static let halvedPixels = 256

  /// 2-D convolution plus bias (plus residual): a product whose left side is the image itself, read pixel by pixel.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - residual: of the result's shape, added to it.
  /// - Returns: `[N, H', W', O]`.
  package func convolution(
    _ x: Tensor, _ weight: PackedMatrix, _ shape: ConvolutionShape, residual: Tensor? = nil
  ) -> Tensor {
    if shape.taps == 1, shape.stride == 1, shape.padding.allSatisfy({ $0 == 0 }) {
      return linear(x, weight, residual: residual)
    }
    precondition(x.channels * shape.taps == weight.inputs, "convolution of \(x.shape) by \(weight.inputs)")
    let (height, width) = shape.output(x.shape[1], x.shape[2])
    let y = Tensor(uninitialized: [x.shape[0], height, width, weight.outputs])
    let form = winogradForm(shape, x, outputs: weight.outputs)
    if let form, usesHalves, weight.outputs >= Self.halvedOutputs,
      form != .packed || x.rows >= Self.halvedPixels * x.shape[0], let kept = weight.kept
    {
      let weights = prepared(kept.winogradHalves) {
        winogradWeights(weight.matrix, outputs: weight.outputs, side: 4, halves: true)
      }
      winograd(x, by: weights, bias: weight.bias, residual: residual, halves: true, y)
    } else if let form {
      winograd(x, by: weight.matrix, weight.kept, form, bias: weight.bias, residual: residual, y)
    } else if usesHalves, x.channels % 2 == 0, let halves = halfPanels(weight) {
      let image = halved(x)
      pixelProduct(
        ek_geometry(of: shape, image, y), image, by: halves, columns: weight.outputs, bias: weight.bias,
        residual: residual, halves: true, y)
    } else {
      pixelProduct(
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

  /// A convolution in Winograd's form, by a packed matrix of which `kept` may keep what that form makes.
  private func winograd(
    _ x: Tensor, by matrix: Tensor, _ kept: KeptForms?, _ form: WinogradForm, bias: Tensor? = nil,
    residual: Tensor? = nil, _ y: Tensor
  ) {
    switch form {
    case .packed:
      winograd(packed: x, by: matrix, bias: bias, residual: residual, y)
    case .transformed(let side):
      let weights = prepared(side == 4 ? kept?.winograd4 : kept?.winograd6) {
        winogradWeights(matrix, outputs: y.channels, side: side)
      }
      winograd(x, by: weights, bias: bias, residual: residual, y)
    }
  }

  /// The gradient of a convolution's input: each input pixel gathers the gradients of the outputs that saw it, and
  /// meets the weights with the two ends of each tap exchanged and the kernel turned around.
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
    pixelProduct(geometry, dy, by: exchanged, columns: x.channels, dx)
    return dx
  }

  /// sum += what each tap saw, transposed, times the gradients of the outputs.
  private func addConvolutionGradient(
    of x: Tensor, _ dy: Tensor, _ shape: ConvolutionShape, to sum: Tensor
  ) {
    let zeros = Tensor([x.channels])
    withPanels(of: dy) { right in
      addTransposedProduct(
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

  /// y = what each result sees of the image · matrix.
  private func pixelProduct(
    _ geometry: ek_geometry, _ image: Tensor, by matrix: Tensor, columns: Int, bias: Tensor? = nil,
    residual: Tensor? = nil, halves: Bool = false, _ y: Tensor
  ) {
    let zeros = Tensor([image.channels])
    product(
      y.mutablePointer, rows: y.rows, columns: columns, taps: geometry.kernel_height * geometry.kernel_width,
      depth: image.channels, by: ProductPanels(matrix), bias: bias, residual: residual, halves: halves
    ) { range, stride, table in
      withUnsafePointer(to: geometry) {
        ek_receptive_rows(table, $0, range.lowerBound, range.count, stride, zeros.pointer)
      }
    }
    withExtendedLifetime((image, matrix, zeros)) {}
  }
}

extension ek_geometry {
  /// What the results of a convolution see of its image.
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
