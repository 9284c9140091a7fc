import CKernels

extension Compute {
  /// Transformed weights are four times as large: beyond this many floats an image must have many tiles to share them.
  private static let heavyWeights = 1 << 24
  /// Pixels along both sides from which on tiles of 6×6 outputs are worth weights seven times as large.
  private static let wideImage = 64

  /// The side of Winograd's tiles where its form of a convolution is the faster one, 4 or 6 outputs. Only the shape of one
  /// sample counts, so that a sample's bits do not depend on how many there are.
  func winogradSide(_ shape: ConvolutionShape, _ x: Tensor, outputs: Int) -> Int? {
    guard shape == ConvolutionShape(kernel: 3), x.channels % 16 == 0, outputs >= 16 else { return nil }
    let tiles = (x.shape[1] + 3) / 4 * ((x.shape[2] + 3) / 4)
    guard tiles >= (36 * x.channels * outputs > Self.heavyWeights ? 16 : 4) else { return nil }
    return min(x.shape[1], x.shape[2]) >= Self.wideImage ? 6 : 4
  }

  /// G·g·Gᵀ of a packed 3×3 convolution for tiles of `side`: `[(side + 2)², panels, channels, PackedMatrix.panel]`.
  func winogradWeights(_ matrix: Tensor, outputs: Int, side: Int) -> Tensor {
    let channels = matrix.shape[1] / 9
    let points = (side + 2) * (side + 2)
    let result = Tensor(uninitialized: [points, matrix.shape[0], channels, PackedMatrix.panel])
    forEach(matrix.shape[0]) { panel, _ in
      ek_winograd_weights(result.mutablePointer, matrix.pointer, outputs, channels, panel, Int32(side))
    }
    withExtendedLifetime(matrix) {}
    return result
  }

  /// The same for tiles of 4 in pairs of halves: `[36, panels, channels / 2, PackedMatrix.panel]` words.
  func winogradHalves(_ matrix: Tensor, outputs: Int) -> Tensor {
    let channels = matrix.shape[1] / 9
    let result = Tensor(uninitialized: [36, matrix.shape[0], channels / 2, PackedMatrix.panel])
    forEach(matrix.shape[0]) { panel, _ in
      result.withWords { ek_winograd_half_weights($0, matrix.pointer, outputs, channels, panel) }
    }
    withExtendedLifetime(matrix) {}
    return result
  }

  /// A 3×3 convolution of stride 1 with a border of one zero, plus bias, plus residual.
  ///
  /// - Parameters:
  ///   - weights: as `winogradWeights` makes them, or with `halves` `winogradHalves`.
  ///   - y: `[N, H, W, outputs]`, becomes the result.
  func winograd(
    _ x: Tensor, by weights: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, outputs: Int,
    halves: Bool = false, _ y: Tensor
  ) {
    let channels = x.channels
    let panels = weights.shape[1]
    let points = weights.shape[0]
    let side = points == 36 ? 4 : 6
    let tiles = x.shape[0] * ((x.shape[1] + side - 1) / side) * ((x.shape[2] + side - 1) / side)
    // Wide images and large tiles are fewer at a time, to stay in the cache.
    let chunk = channels > 640 || side == 6 ? Int(EK_WINOGRAD_TILES) / 2 : Int(EK_WINOGRAD_TILES)
    let fewest = (tiles + chunk - 1) / chunk
    // A few pieces are cut along their panels instead, as each reads the whole weights.
    let tilePieces = fewest < 2 * threads ? fewest : evenly(fewest)
    let panelPieces = threads == 1 ? 1 : min(panels, (2 * threads + tilePieces - 1) / tilePieces)
    let zeros = Tensor([channels])
    let work = Profile.Work(
      operations: 18 * Double(channels) * Double(y.count), bytes: 4 * (x.count + weights.count + y.count))
    forEach(tilePieces * panelPieces, work) { piece, member in
      let own = Self.share(piece / panelPieces, of: tilePieces, tiles)
      let wide = Self.share(piece % panelPieces, of: panelPieces, panels)
      var call = ek_winograd()
      call.image = x.pointer
      call.side = Int32(side)
      (call.height, call.width, call.channels, call.outputs) = (x.shape[1], x.shape[2], channels, outputs)
      (call.first_tile, call.tiles) = (own.lowerBound, own.count)
      (call.first_panel, call.panels) = (wide.lowerBound, wide.count)
      call.weights = weights.pointer
      call.bias = bias?.pointer
      call.residual = residual?.pointer
      call.y = y.mutablePointer
      call.zeros = zeros.pointer
      let held = channels + PackedMatrix.panel * Int(EK_WINOGRAD_PANELS)
      call.scratch = scratch(member, points * own.count * held)
      if halves { kernels.half_winograd(&call) } else { kernels.winograd(&call) }
    }
    withExtendedLifetime((x, weights, bias, residual, zeros)) {}
  }
}
