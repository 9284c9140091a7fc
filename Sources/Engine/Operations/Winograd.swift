import CKernels

extension Compute {
  /// Above this size in floats, transformed weights are not cached for samples of at most `fewTiles` tiles: the cache
  /// would cost more memory and loading time than it saves.
  private static let heavyWeights = 1 << 24
  private static let fewTiles = 16
  /// Pixels in one tile of 4×4 outputs.
  private static let tilePixels = 16
  /// Minimum side of an image, in pixels, for which tiles of 6×6 outputs are worth weights seven times as large.
  private static let wideImage = 64

  /// How a Winograd convolution gets its transformed weights.
  enum WinogradForm: Equatable {
    /// Weights are transformed in advance, for tiles of `side` × `side` outputs, 4 or 6.
    case transformed(side: Int)
    /// Weights are transformed at the moment of use.
    case packed
  }

  /// The Winograd form of a convolution, or nil if direct convolution is faster.
  ///
  /// Only the shape of a single sample decides, so that a sample's bits do not depend on the batch size.
  func winogradForm(_ shape: ConvolutionShape, _ x: Tensor, outputs: Int) -> WinogradForm? {
    guard shape == ConvolutionShape(kernel: 3), x.channels % 16 == 0, outputs >= 16,
      x.shape[1] * x.shape[2] >= Self.tilePixels
    else { return nil }
    if Self.tilesOfSample(x, side: 4) <= Self.fewTiles, 36 * x.channels * outputs > Self.heavyWeights { return .packed }
    return .transformed(side: min(x.shape[1], x.shape[2]) >= Self.wideImage ? 6 : 4)
  }

  private static func tilesOfSample(_ x: Tensor, side: Int) -> Int {
    (x.shape[1] + side - 1) / side * ((x.shape[2] + side - 1) / side)
  }

  /// G·g·Gᵀ of a packed 3×3 convolution for tiles of `side`: `[(side + 2)², panels, channels, PackedMatrix.panel]`,
  /// with `bf16` in words of two channels.
  func winogradWeights(_ matrix: Tensor, outputs: Int, side: Int, bf16: Bool = false) -> Tensor {
    let channels = matrix.shape[1] / 9
    let points = (side + 2) * (side + 2)
    let depth = bf16 ? channels / 2 : channels
    let result = Tensor(uninitialized: [points, matrix.shape[0], depth, PackedMatrix.panel])
    let transform = bf16 ? kernels.bf16_winograd_weights : kernels.winograd_weights
    forEach(matrix.shape[0]) { panel, _ in
      transform?(result.mutablePointer, matrix.pointer, outputs, channels, panel, Int32(side))
    }
    withExtendedLifetime(matrix) {}
    return result
  }

  /// A 3×3 convolution with stride 1 and padding 1, plus bias, plus residual.
  ///
  /// - Parameters:
  ///   - relu: whether to write the positive part of the result.
  ///   - weights: from `winogradWeights`, with the same `bf16`.
  ///   - y: receives the result, `[N, H, W, outputs]`.
  func winograd(
    _ x: Tensor, by weights: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, relu: Bool = false,
    bf16: Bool = false, _ y: Tensor
  ) {
    let channels = x.channels
    let panels = weights.shape[1]
    let points = weights.shape[0]
    let side = points == 36 ? 4 : 6
    let tiles = x.shape[0] * Self.tilesOfSample(x, side: side)
    // Fewer tiles at a time if channels or tiles are many or large, so that they stay in the cache.
    let chunk = channels > 640 || side == 6 ? Int(EK_WINOGRAD_TILES) / 2 : Int(EK_WINOGRAD_TILES)
    let fewest = (tiles + chunk - 1) / chunk
    // If there are few pieces of tiles, the panels are divided as well, although every piece then reads all tiles
    // again.
    let tilePieces = fewest < 2 * threads ? fewest : evenly(fewest)
    let panelPieces = threads == 1 ? 1 : min(panels, (2 * threads + tilePieces - 1) / tilePieces)
    let zeros = Tensor([channels])
    let work = Profile.Work(
      operations: 18 * Double(channels) * Double(y.count), bytes: 4 * (x.count + weights.count + y.count))
    forEach(tilePieces * panelPieces, work) { piece, member in
      let own = Self.share(piece / panelPieces, of: tilePieces, tiles)
      let wide = Self.share(piece % panelPieces, of: panelPieces, panels)
      var call = ek_winograd(x, y, side: side, bias: bias, residual: residual, relu: relu)
      (call.first_tile, call.tiles) = (own.lowerBound, own.count)
      (call.first_panel, call.panels) = (wide.lowerBound, wide.count)
      call.weights = weights.pointer
      call.zeros = zeros.pointer
      let held = channels + PackedMatrix.panel * Int(EK_WINOGRAD_PANELS)
      call.scratch = scratch(member, points * own.count * held)
      if bf16 { kernels.bf16_winograd(&call) } else { kernels.winograd(&call) }
    }
    withExtendedLifetime((x, weights, bias, residual, zeros)) {}
  }

  /// The same convolution from untransformed packed weights, `[panels, 9 · channels, PackedMatrix.panel]`, which are
  /// transformed at the moment of use.
  func winograd(
    packed x: Tensor, by weights: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, relu: Bool = false, _ y: Tensor
  ) {
    let block = Int(EK_WINOGRAD_BLOCK)
    let panels = weights.shape[0]
    let tiles = x.shape[0] * Self.tilesOfSample(x, side: 4)
    let plane = tiles * block + Int(EK_WINOGRAD_GAP)
    let patches = Tensor(uninitialized: [(x.channels + block - 1) / block, 36, plane])
    let zeros = Tensor([x.channels])
    var whole = ek_winograd(x, y, side: 4, bias: bias, residual: residual, relu: relu)
    whole.weights = weights.pointer
    whole.zeros = zeros.pointer
    whole.patches = patches.mutablePointer
    whole.all_tiles = tiles
    let parts = min(tiles, 4 * threads)
    forEach(parts, Profile.Work(operations: 0, bytes: 4 * (x.count + patches.count))) { part, _ in
      var call = whole
      let own = Self.share(part, of: parts, tiles)
      (call.first_tile, call.tiles) = (own.lowerBound, own.count)
      kernels.winograd_tiles(&call)
    }
    let chunks = (tiles + Int(EK_WINOGRAD_TILES) - 1) / Int(EK_WINOGRAD_TILES)
    // Each chunk transforms all weights that it uses.
    let pieces = threads == 1 ? 1 : min(panels, 4 * threads)
    let work = Profile.Work(
      operations: 18 * Double(x.channels) * Double(y.count), bytes: 4 * (patches.count + weights.count + y.count))
    forEach(chunks * pieces, work) { piece, member in
      var call = whole
      let own = Self.share(piece / pieces, of: chunks, tiles)
      let wide = Self.share(piece % pieces, of: pieces, panels)
      (call.first_tile, call.tiles) = (own.lowerBound, own.count)
      (call.first_panel, call.panels) = (wide.lowerBound, wide.count)
      call.scratch = scratch(member, 36 * ((block + own.count) * PackedMatrix.panel + Int(EK_WINOGRAD_GAP)))
      kernels.winograd_panels(&call)
    }
    withExtendedLifetime((x, weights, bias, residual, zeros, patches)) {}
  }
}

extension ek_winograd {
  /// The fields that all calls of a convolution of `x` into `y` share.
  fileprivate init(_ x: Tensor, _ y: Tensor, side: Int, bias: Tensor?, residual: Tensor?, relu: Bool) {
    self.init()
    image = x.pointer
    self.side = Int32(side)
    (height, width, channels, outputs) = (x.shape[1], x.shape[2], x.channels, y.channels)
    self.bias = bias?.pointer
    self.residual = residual?.pointer
    self.relu = relu ? 1 : 0
    self.y = y.mutablePointer
  }
}
