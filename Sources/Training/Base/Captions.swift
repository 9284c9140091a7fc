/// The words that pictures are described with while a base model is trained.
package enum Captions {
  private static let articles = ["a", "an"]

  /// A caption of a picture, one of several forms.
  ///
  /// The bare name comes often, because an emotion token stands in a context just as bare.
  ///
  /// - Parameter namesEmotions: whether some captions name the emotion, alone or beside what is seen. The captions of the
  ///   world, which denoisers learn from, name what is seen; what an emotion looks like is the mapper's to find out.
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

  /// An attribute's name as it is written in a sentence.
  package static func words(_ attribute: String) -> String { attribute.replacing("_", with: " ") }

  private static func article(_ name: String) -> String {
    name.first.map { "aeiou".contains($0) } == true ? articles[1] : articles[0]
  }

  /// Every caption that `draw` can give for these pictures, sorted.
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
