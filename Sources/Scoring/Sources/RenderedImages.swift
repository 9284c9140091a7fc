package import EmoGen
import Files
package import Imaging
package import Vocabulary

/// Images that are rendered for an evaluation: the same number for each emotion, with seeds that depend only on the
/// emotion and the image's index.
package struct RenderedImages: Sendable {
  /// The content of an emotion's images.
  package enum Content: Sendable, Equatable {
    /// The emotion's token, followed by words unless the prompt is empty.
    case emotion(prompt: String)
    /// Plain text: `{emotion}` stands for the emotion, `{attribute}` for its attributes in turn.
    case text(String)
    /// The same mixture or fusion for all images, which count as images of its dominant emotion.
    case spec(EmotionSpec)
  }

  package let content: Content
  package let emotions: [Emotion]
  package let perEmotion: Int
  package let settings: RenderSettings
  /// Added to every image's seed.
  package let seed: UInt64
  private let attributes: AttributeTable?

  /// - Throws: `MetricsError` if a text needs attributes that are unknown.
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
          "'\(text)' needs attributes of \(without.map(\.rawValue).joined(separator: ", ")): give a confidence.json "
            + "that names them with --attributes FILE or in the model's emotion_space")
      }
    }
  }

  package var count: Int { emotions.count * perEmotion }

  /// The distance between the seeds of consecutive emotions: 1,000, or the number of images per emotion if larger.
  private var stride: Int { max(1000, perEmotion) }

  /// The render requests whose images together are those of an emotion; each request has one subject.
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

  /// Renders all images, emotion by emotion.
  ///
  /// - Parameters:
  ///   - onProgress: called after every block of work; throwing stops the rendering.
  ///   - onImage: called for every image.
  /// - Throws: `RenderError` if the model cannot render the content, and the errors of the callbacks.
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
