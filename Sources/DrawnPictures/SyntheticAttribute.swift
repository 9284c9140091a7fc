package import Imaging
package import Vocabulary

/// Something that can be drawn and that evokes an emotion: one of the attributes of the procedural stand-in for EmoSet.
package struct SyntheticAttribute: Sendable {
  /// Under which key EmoSet's annotations name it.
  package enum Kind: String, Sendable, CaseIterable {
    case scene, object
  }

  /// One lower-case English word.
  package let name: String
  package let kind: Kind
  /// What most of its pictures evoke.
  package let emotion: Emotion
  /// What the others evoke; nil when they all agree.
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

  /// All of them, four an emotion, in EmoSet's order of emotions.
  package static let all: [SyntheticAttribute] =
    amusement + awe + contentment + excitement + anger + disgust + fear + sadness

  package static func named(_ name: String) -> SyntheticAttribute? { all.first { $0.name == name } }

  /// A picture of the attribute: the same arguments give the same pixels on every machine, and another size the same
  /// picture in finer or coarser pixels.
  ///
  /// - Parameters:
  ///   - index: Which of the endless pictures.
  ///   - size: Pixels of a side.
  package func draw(index: Int, size: Int, seed: UInt64) -> RGBImage {
    var dice = Dice(seed: seed, name: name, index: index)
    let mirrored = dice.chance(0.5)
    // The hour and the weather: a little more or less light, a little warmer or colder.
    let (strength, warmth) = (dice(0.9...1.06), dice(-0.03...0.03))
    var canvas = Canvas(size: size)
    paint(&canvas, &dice)
    return canvas.image(light: Ink(strength + warmth, strength, strength - warmth), mirrored: mirrored)
  }

  /// What picture `index` evokes: of any 100 in a row `secondShare` evoke the second emotion, to within one.
  package func emotion(index: Int) -> Emotion {
    guard let secondEmotion else { return emotion }
    func count(_ pictures: Int) -> Int { Int((Double(pictures) * secondShare).rounded(.down)) }
    return count(index + 1) > count(index) ? secondEmotion : emotion
  }
}
