import Engine
import Imaging
import Testing
import Training
import Vocabulary

/// Checks what an augmentation changes in an image and what it preserves.
struct AugmentationTests {
  /// A checkerboard of small squares in two colours.
  private static let board: PictureSet = {
    var pixels: [UInt8] = []
    for y in 0..<32 {
      for x in 0..<32 { pixels += (x / 2 + y / 2) % 2 == 0 ? [160, 120, 80] : [80, 60, 40] }
    }
    return PictureSet(
      [Picture(image: RGBImage(width: 32, height: 32, pixels: pixels), emotion: 0, attributes: [])], size: 32)
  }()

  /// Augmented images with values in 0 … 1, `[count, 32, 32, 3]`.
  private static func varied(_ augmentation: Augmentation, count: Int = 64) -> Tensor {
    var random = StepRandom(seed: 1, step: 0)
    return augmentation.tensor(
      board, Array(repeating: 0, count: count), &random, mean: [0, 0, 0], deviation: [1, 1, 1])
  }

  private static func mean(_ values: some Collection<Float>) -> Float { values.reduce(0, +) / Float(values.count) }

  /// The mean absolute difference between neighbouring pixels of a row.
  private static func detail(_ picture: ArraySlice<Float>) -> Float {
    let values = Array(picture)
    return mean((3..<values.count).map { abs(values[$0] - values[$0 - 3]) })
  }

  private static func pictures(_ tensor: Tensor) -> [ArraySlice<Float>] {
    let size = tensor.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { tensor.values[$0 * size..<($0 + 1) * size] }
  }

  @Test func anAugmentationWithoutEffectsChangesNothing() {
    let plain = Self.board.tensor([0], mean: [0, 0, 0], deviation: [1, 1, 1]).values
    for picture in Self.pictures(Self.varied(Augmentation(flip: 0, shift: 0))) { #expect(Array(picture) == plain) }
  }

  @Test func blurReducesDetailOfAboutHalfTheImagesAndKeepsColours() {
    let plain = Self.pictures(Self.varied(Augmentation(flip: 0, shift: 0), count: 1))[0]
    let blurred = Self.pictures(Self.varied(Augmentation(flip: 0, shift: 0, blur: 0.7)))
    let touched = blurred.filter { Self.detail($0) < 0.9 * Self.detail(plain) }
    #expect((16...48).contains(touched.count))
    for picture in blurred { #expect(abs(Self.mean(picture) - Self.mean(plain)) < 0.02) }
  }

  @Test func jitterChangesBrightnessAndBalanceWithinItsReach() {
    let plain = Self.pictures(Self.varied(Augmentation(flip: 0, shift: 0), count: 1))[0]
    let varied = Self.pictures(Self.varied(Augmentation(flip: 0, shift: 0, jitter: 0.2)))
    let ratios = varied.map { Self.mean($0) / Self.mean(plain) }
    #expect(ratios.allSatisfy { (0.7...1.35).contains($0) })
    #expect((ratios.max() ?? 0) - (ratios.min() ?? 0) > 0.2)
    func warmth(_ picture: ArraySlice<Float>) -> Float {
      let values = Array(picture)
      let (red, blue) = (0, 2)
      return Self.mean(stride(from: red, to: values.count, by: 3).map { values[$0] })
        / Self.mean(stride(from: blue, to: values.count, by: 3).map { values[$0] })
    }
    let warmths = varied.map(warmth)
    #expect((warmths.max() ?? 0) > warmth(plain) && (warmths.min() ?? 0) < warmth(plain))
  }
}
