/// Colours that stand for emotions in charts, pages and reports.
///
/// The palette is that of Okabe and Ito ("Color Universal Design", 2008), which people with the usual forms of colour
/// blindness can tell apart, with a dark grey in the place of its black, so that all colours are visible on light and dark
/// ground. Colour never stands alone: the emotion's name is always beside it.
extension Emotion {
  /// The colour as `0xRRGGBB` in sRGB.
  package var colour: UInt32 {
    switch self {
    case .amusement: 0xE69F00
    case .awe: 0x56B4E9
    case .contentment: 0x009E73
    case .excitement: 0xF0E442
    case .anger: 0xD55E00
    case .disgust: 0x585858
    case .fear: 0xCC79A7
    case .sadness: 0x0072B2
    }
  }

  /// The colour as a style sheet writes it: `#e69f00`.
  package var hexColour: String {
    let digits = String(colour, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}
