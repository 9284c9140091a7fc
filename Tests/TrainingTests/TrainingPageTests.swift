import Foundation
import Imaging
import TestSupport
import Testing
import Training
import Vocabulary

/// Checks the contents of `index.html` and that it is self-contained.
struct TrainingPageTests {
  private static let options = TrainingOptions(
    steps: 4000, rate: LearningRate(peak: 1e-3, warmUpSteps: 50, shape: .cosine), clip: 1, logEvery: 1)

  /// A log of `count` steps, with samples every tenth step.
  private static func log(_ folder: String, count: Int) throws -> TrainingLog {
    let log = TrainingLog(folder: folder)
    try log.open(keeping: 0)
    var random = StepRandom(seed: 1, step: 0)
    for step in 1...count {
      let loss = 2 * exp(-Double(step) / 800) + 0.3 + 0.2 * random.fraction()
      let isEvaluated = step % (count / 30) == 0
      let progress = TrainingProgress(
        stage: "mapper", step: step, steps: options.steps,
        figures: [TrainingFigure("loss", loss), TrainingFigure("<attribute>", loss / 3)],
        rate: options.rate.at(step, of: options.steps), gradientNorm: 1 + random.fraction(), stepsPerSecond: 6,
        samplesPerSecond: 96,
        evaluation: isEvaluated ? [TrainingFigure("accuracy", 1 - exp(-Double(step) / 900))] : [])
      var picture: RGBImage?
      if isEvaluated {
        // Noise does not compress.
        picture = RGBImage(
          width: 1024, height: 128, pixels: (0..<1024 * 128 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      }
      try log.append(progress, seconds: 0.17, picture: picture)
    }
    return log
  }

  @Test func aPageIsCompleteSmallAndSelfContained() async throws {
    try await TestFolder.with { folder in
      let log = try Self.log(folder, count: 3000)
      let identity = try RunIdentity(stage: "mapper", options: Self.options, inputs: "EmoSet & co <here>")
      let page = TrainingPage(path: "\(folder)/index.html", identity: identity, options: Self.options)
      try page.write(log, .running, step: 3000)
      if let keep = ProcessInfo.processInfo.environment["EMOFARM_KEEP_PAGE"] {
        try? FileManager.default.copyItem(atPath: "\(folder)/index.html", toPath: keep)
      }
      let text = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
      #expect(text.utf8.count < 2_000_000)
      #expect(text.components(separatedBy: "<img ").count - 1 == TrainingPage.samples)
      #expect(text.contains("step 100</figcaption>") && text.contains("step 3,000</figcaption>"))
      #expect(text.components(separatedBy: "<svg ").count - 1 == 6)
      #expect(text.contains("EmoSet &amp; co &lt;here&gt;") && text.contains("&lt;attribute&gt;"))
      #expect(text.contains("running") && text.contains("http-equiv=\"refresh\""))
      for outside in ["http://", "https://", "<script", "<link", "url("] {
        #expect(!text.contains(outside), "\(outside)")
      }
      try page.write(log, .finished, step: 4000)
      let last = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
      #expect(last.contains("class=\"state finished\"") && !last.contains("refresh"))
    }
  }

  @Test func samplesAreThinnedFromFirstToLast() {
    #expect(TrainingPage.thinned(Array(1...5), to: 12) == [1, 2, 3, 4, 5])
    let thin = TrainingPage.thinned(Array(0..<100), to: 12)
    #expect(thin.count == 12 && thin.first == 0 && thin.last == 99 && thin == thin.sorted())
  }

  @Test func curvesCanShowAConstantAndASinglePoint() throws {
    let point = TrainingCurve.Point(x: 10, y: 0.25)
    #expect(TrainingCurve("x", [], isSmoothed: true).svg(steps: 10) == nil)
    #expect(try #require(TrainingCurve("x", [point], isSmoothed: true).svg(steps: 10)).contains("<circle"))
    let flat = TrainingCurve("x", [point, .init(x: 20, y: 0.25), .init(x: 30, y: .nan)], isSmoothed: false)
    let drawn = try #require(flat.svg(steps: 30))
    #expect(drawn.contains("<polyline") && !drawn.lowercased().contains("nan"))
    #expect(TrainingCurve.ticks(0...1) == [0, 0.5, 1] || TrainingCurve.ticks(0...1).count >= 3)
    #expect(TrainingCurve.smoothed([point, point]).allSatisfy { abs($0.y - 0.25) < 1e-12 })
  }

  @Test func numbersAndDurationsAreReadable() {
    let progress = TrainingProgress(
      stage: "mapper", step: 1240, steps: 2000, figures: [TrainingFigure("loss", 0.41234)], rate: 1e-3,
      gradientNorm: 1, stepsPerSecond: 6.13, samplesPerSecond: 98)
    #expect(TrainingText.line(progress) == "mapper  step 1,240/2,000  loss 0.412  6.13 step/s  ETA 2 min 4 s")
    #expect(TrainingText.duration(11_100) == "3 h 5 min")
    #expect([0, 999, 1000, 1_234_567].map(TrainingText.count) == ["0", "999", "1,000", "1,234,567"])
    #expect([0, 1e-5, 12345.6].map(TrainingText.number) == ["0", "1e-05", "12,346"])
  }
}
