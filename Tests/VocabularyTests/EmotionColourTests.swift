import Foundation
import Testing
import Vocabulary

/// The colours of the emotions differ for people with each kind of dichromacy.
@Suite struct EmotionColourTests {
  /// The simulations of Machado, Oliveira and Fernandes (2009) for a whole missing kind of cone, in linear RGB.
  static let visions: [(name: String, matrix: [[Double]])] = [
    ("all cones", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    (
      "protanopia",
      [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    (
      "deuteranopia",
      [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    (
      "tritanopia",
      [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
  ]

  @Test(arguments: visions.indices) func anyTwoDiffer(vision: Int) {
    let (name, matrix) = Self.visions[vision]
    let seen = Emotion.allCases.map { Self.lab(Self.seen($0.colour, matrix)) }
    for (first, one) in Emotion.allCases.enumerated() {
      for (second, other) in Emotion.allCases.enumerated() where second > first {
        let distance = zip(seen[first], seen[second]).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
        // A difference of 2 is just noticeable side by side.
        #expect(distance > 14, "\(one) and \(other), \(name)")
      }
    }
  }

  @Test func aStyleSheetGetsSixDigits() {
    #expect(Emotion.contentment.hexColour == "#009e73")
    #expect(Emotion.allCases.allSatisfy { $0.hexColour.utf8.count == 7 })
  }

  private static func seen(_ colour: UInt32, _ matrix: [[Double]]) -> [Double] {
    let linear = [16, 8, 0].map { shift -> Double in
      let value = Double(colour >> UInt32(shift) & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return matrix.map { row in min(1, max(0, zip(row, linear).map(*).reduce(0, +))) }
  }

  /// CIELAB for the white of D65.
  private static func lab(_ rgb: [Double]) -> [Double] {
    let rows: [[Double]] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    let white: [Double] = [0.95047, 1, 1.08883]
    let xyz = zip(rows, white).map { row, white -> Double in
      let value = zip(row, rgb).map(*).reduce(0, +) / white
      return value > 0.008856 ? cbrt(value) : 7.787 * value + 16 / 116
    }
    return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
  }
}
