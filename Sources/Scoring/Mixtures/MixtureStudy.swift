package import EmoGen
package import Engine
import Files
import Imaging
package import Vocabulary

/// Renders mixtures of pairs of emotions and classifies the images.
///
/// All weights and pairs use the same seeds, so that images differ only by the mixture. Images that several pairs share
/// are rendered once.
package final class MixtureStudy {
  private let pipeline: EmoGenPipeline
  private let clip: CLIPFeatureExtractor
  private let classifier: EmotionClassifier
  private let settings: RenderSettings
  private let seed: UInt64
  private let compute: Compute
  private var known: [EmotionSpec: [[Double]]] = [:]

  /// Images in a batch of the classifier.
  private static let batch = 16

  package init(
    _ pipeline: EmoGenPipeline, _ classifiers: Classifiers, settings: RenderSettings, seed: UInt64,
    on compute: Compute
  ) {
    self.pipeline = pipeline
    clip = classifiers.clip
    classifier = classifiers.emotion
    self.settings = settings
    self.seed = seed
    self.compute = compute
  }

  /// - Parameters:
  ///   - images: number of images at weight one half.
  ///   - sweep: weights of the first emotion, each with `sweepImages` images; empty for no sweep.
  ///   - onProgress: called after every block of work with the current mixture; throwing stops the study.
  /// - Throws: `RenderError` if the model cannot render mixtures, `MetricsError` if a network's results are not finite,
  ///   and the errors of `onProgress`.
  package func measure(
    _ pair: MixturePair, images: Int, sweep: [Double], sweepImages: Int, resamples: Int,
    onProgress: (EmotionSpec) throws -> Void
  ) throws -> MixtureReport {
    func point(_ weight: Double, _ count: Int) throws -> MixtureReport.Point {
      let spec = try pair.spec(weight: weight)
      return MixtureReport.Point(
        weight: weight, try probabilities(spec, count, onProgress), resamples: resamples, seed: seed)
    }
    let middle = try point(0.5, images)
    return MixtureReport(
      pair: pair, middle: middle, sweep: try sweep.map { $0 == 0.5 ? middle : try point($0, sweepImages) })
  }

  private func probabilities(
    _ spec: EmotionSpec, _ count: Int, _ onProgress: (EmotionSpec) throws -> Void
  ) throws -> [[Double]] {
    if let done = known[spec], done.count >= count { return Array(done.prefix(count)) }
    var result: [[Double]] = []
    var waiting: [RGBImage] = []
    func classify() throws {
      guard !waiting.isEmpty else { return }
      let features = clip.features(waiting, on: compute)
      try MetricsError.check(features.isFinite, "clip")
      let found = classifier.probabilities(features, on: compute)
      try MetricsError.check(found.allSatisfy { $0.allSatisfy(\.isFinite) }, "emotion_classifier")
      result += found
      waiting.removeAll(keepingCapacity: true)
    }
    let request = RenderRequest(
      subject: .emotion(spec, prompt: ""), settings: settings,
      seeds: (0..<count).map { ImageSeed.of($0, startingAt: seed) })
    try pipeline.render(request) { _ in
      try onProgress(spec)
    } onImage: { rendered in
      waiting.append(rendered.image)
      if waiting.count == Self.batch { try classify() }
    }
    try classify()
    known[spec] = result
    return result
  }
}
