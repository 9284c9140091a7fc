package import Imaging
package import Vocabulary

/// A drawable subject that evokes an emotion: an attribute of the procedural stand-in for EmoSet.
package struct SyntheticAttribute: Sendable {
  /// The key under which EmoSet's annotations list the attribute.
  package enum Kind: String, Sendable, CaseIterable {
    case scene, object
  }

  /// One lower-case English word.
  package let name: String
  package let kind: Kind
  /// The emotion that most of its pictures evoke.
  package let emotion: Emotion
  /// The emotion that its other pictures evoke; nil if all evoke the same.
  package let secondEmotion: Emotion?
  /// The share of pictures that evoke the second emotion, 0…1.
  package let secondShare: Double

  private let paint: @Sendable (inout Canvas, inout Dice) -> Void

  init(
    _ name: String, _ kind: Kind, _ emotion: Emotion, or second: (emotion: Emotion, share: Double)? = nil,
    _ paint: @escaping @Sendable (inout Canvas, inout Dice) -> Void
  ) {
    self.name = name
    self.kind = kind
    self.emotion = emotion
    secondEmotion = second?.emotion
    secondShare = second?.share ?? 0
    self.paint = paint
  }

  /// All attributes, four for each emotion, in EmoSet's order of emotions.
  package static let all: [SyntheticAttribute] =
    amusement + awe + contentment + excitement + anger + disgust + fear + sadness

  package static func named(_ name: String) -> SyntheticAttribute? { all.first { $0.name == name } }

  /// Draws a picture of the attribute. The same arguments give the same pixels on every machine; another size gives the
  /// same picture at another resolution.
  ///
  /// - Parameters:
  ///   - index: number of the picture, without an upper limit.
  ///   - size: side of the picture in pixels.
  package func draw(index: Int, size: Int, seed: UInt64) -> RGBImage {
    var dice = Dice(seed: seed, name: name, index: index)
    let mirrored = dice.chance(0.5)
    // Time of day and weather: slightly brighter or darker, slightly warmer or colder.
    let (strength, warmth) = (dice(0.9...1.06), dice(-0.03...0.03))
    var canvas = Canvas(size: size)
    paint(&canvas, &dice)
    return canvas.image(light: Ink(strength + warmth, strength, strength - warmth), mirrored: mirrored)
  }

  /// The emotion that picture `index` evokes: among consecutive pictures, a share of `secondShare` evokes the second
  /// emotion, to within one picture.
  package func emotion(index: Int) -> Emotion {
    guard let secondEmotion else { return emotion }
    func count(_ pictures: Int) -> Int { Int((Double(pictures) * secondShare).rounded(.down)) }
    return count(index + 1) > count(index) ? secondEmotion : emotion
  }
}
