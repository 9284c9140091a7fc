package import EmoGen
package import Imaging
package import Vocabulary

/// Images rendered to be measured: some of each emotion, with seeds that depend on the emotion and the position alone.
package struct RenderedImages: Sendable {
  /// What the images of an emotion show.
  package enum Content: Sendable, Equatable {
    /// Its token alone, or followed by words.
    case emotion(prompt: String)
    /// Plain text: `{emotion}` stands for the emotion, `{attribute}` for its attributes in turn.
    case text(String)
    /// The same mixture or fusion for all, counted under its dominant emotion.
    case spec(EmotionSpec)
  }

  package let content: Content
  package let emotions: [Emotion]
  package let perEmotion: Int
  package let settings: RenderSettings
  /// Added to every image's seed.
  package let seed: UInt64
  private let attributes: AttributeTable?

  /// - Throws: `MetricsError` where a text asks for attributes that are not known.
  package init(
    _ content: Content, emotions: [Emotion] = Emotion.allCases, perEmotion: Int, settings: RenderSettings,
    seed: UInt64 = 0, attributes: AttributeTable? = nil
  ) throws {
    self.content = content
    self.perEmotion = perEmotion
    self.settings = settings
    self.seed = seed
    self.attributes = attributes
    if case .spec(let spec) = content {
      self.emotions = [spec.dominant]
    } else {
      self.emotions = emotions
    }
    if case .text(let text) = content, text.contains("{attribute}") {
      let without = emotions.filter { attributes?.own($0).isEmpty ?? true }
      guard without.isEmpty else {
        throw MetricsError(
          "'\(text)' needs attributes of \(without.map(\.rawValue).joined(separator: ", ")): a confidence.json that "
            + "names them is taken from the model's emotion_space or --attributes FILE")
      }
    }
  }

  package var count: Int { emotions.count * perEmotion }

  /// Seeds of different emotions lie 1,000 apart, or as far as there are images.
  private var stride: Int { max(1000, perEmotion) }

  /// What is rendered for an emotion: requests of one subject each, whose images together are the emotion's.
  package func requests(_ emotion: Emotion) -> [RenderRequest] {
    let seeds = (0..<perEmotion).map { ImageSeed.of(stride * emotion.index + $0, startingAt: seed) }
    func request(_ subject: Subject, _ seeds: [UInt64]) -> RenderRequest {
      RenderRequest(subject: subject, settings: settings, seeds: seeds)
    }
    switch content {
    case .emotion(let prompt): return [request(.emotion(EmotionSpec(emotion), prompt: prompt), seeds)]
    case .spec(let spec): return [request(.emotion(spec, prompt: ""), seeds)]
    case .text(let text):
      let named = text.replacing("{emotion}", with: emotion.rawValue)
      guard let attributes, named.contains("{attribute}") else { return [request(.text(named), seeds)] }
      let own = attributes.own(emotion)
      return own.indices.map { turn in
        request(
          .text(named.replacing("{attribute}", with: attributes.words(own[turn]))),
          seeds.indices.filter { $0 % own.count == turn }.map { seeds[$0] })
      }.filter { !$0.seeds.isEmpty }
    }
  }

  /// Renders everything, emotion by emotion.
  ///
  /// - Parameters:
  ///   - onProgress: called after every block of work; what it throws stops.
  ///   - onImage: called for every image.
  /// - Throws: `RenderError` where the model cannot render this, and what the callbacks throw.
  package func render(
    with pipeline: EmoGenPipeline, onProgress: () throws -> Void, onImage: (RGBImage, Emotion) throws -> Void
  ) throws {
    for emotion in emotions {
      for request in requests(emotion) {
        try pipeline.render(request) { _ in
          try onProgress()
        } onImage: { rendered in
          try onImage(rendered.image, emotion)
        }
      }
    }
  }
}
