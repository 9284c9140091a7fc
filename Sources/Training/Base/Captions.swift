/// The captions of images in the training of a base model.
package enum Captions {
  private static let articles = ["a", "an"]

  /// Draws a caption for an image from several forms.
  ///
  /// The bare name is frequent because an emotion token appears in an equally bare context.
  ///
  /// - Parameter namesEmotions: whether some captions name the emotion, alone or with the attribute. It is false for
  ///   the denoiser: real captions name the content of an image, and the mapper has to learn what an emotion looks
  ///   like.
  static func draw(
    _ picture: Picture, emotions: [String], namesEmotions: Bool, _ random: inout StepRandom
  ) -> String {
    let emotion = emotions[picture.emotion]
    guard let name = picture.attributes.first.map(words) else {
      return namesEmotions ? "an image of \(emotion)" : ""
    }
    switch random.index(20) {
    case 0..<9: return name
    case 9..<15: return "a picture of \(article(name)) \(name)"
    case 15..<18: return namesEmotions ? "an image of \(emotion)" : name
    default: return namesEmotions ? "\(emotion) \(name)" : name
    }
  }

  /// An attribute's name as written in a sentence.
  package static func words(_ attribute: String) -> String { attribute.replacing("_", with: " ") }

  private static func article(_ name: String) -> String {
    name.first.map { "aeiou".contains($0) } == true ? articles[1] : articles[0]
  }

  /// All captions that `draw` can return for these images, sorted.
  package static func all(_ pictures: [Picture], emotions: [String]) -> [String] {
    var texts: Set<String> = [""]
    for emotion in emotions { texts.insert("an image of \(emotion)") }
    for picture in pictures {
      guard let name = picture.attributes.first.map(words) else { continue }
      texts.insert(name)
      texts.insert("a picture of \(article(name)) \(name)")
      texts.insert("\(emotions[picture.emotion]) \(name)")
    }
    return texts.sorted()
  }
}
