import Foundation

/// The weights of source pixels in a resize; the filter is widened for shrinking, so that no pixel is skipped.
package enum ResizeFilter: Sendable {
  /// A triangle: linear interpolation when enlarging.
  case bilinear
  /// Keys' cubic with a = −0.5.
  case bicubic
  /// A sinc in a window of three lobes.
  case lanczos

  /// Half the filter's width, in pixels of the coarser grid.
  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos: return x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}
