import Imaging

/// The brightness and colourfulness of a picture, in EmoSet's eleven levels 0.0, 0.1 … 1.0.
struct PictureLevels {
  let brightness: Double
  let colorfulness: Double

  /// Brightness is the mean luma (BT.601). Colourfulness is Hasler and Süsstrunk's measure ("Measuring colourfulness in
  /// natural images", 2003), in which values from 109 are extremely colourful.
  init(_ image: RGBImage) {
    var luma = 0.0
    var (sums, squares) = (SIMD2<Double>(), SIMD2<Double>())
    for index in stride(from: 0, to: image.pixels.count, by: 3) {
      let red = Double(image.pixels[index])
      let (green, blue) = (Double(image.pixels[index + 1]), Double(image.pixels[index + 2]))
      luma += 0.299 * red + 0.587 * green + 0.114 * blue
      let opponents = SIMD2(red - green, (red + green) / 2 - blue)
      sums += opponents
      squares += opponents * opponents
    }
    let count = Double(image.width * image.height)
    let means = sums / count
    let spread = squares / count - means * means
    let colour = max(0, spread.sum()).squareRoot() + 0.3 * (means * means).sum().squareRoot()
    brightness = Self.level(luma / count / 255)
    colorfulness = Self.level(colour / 109)
  }

  private static func level(_ value: Double) -> Double { (min(max(value, 0), 1) * 10).rounded() / 10 }
}
