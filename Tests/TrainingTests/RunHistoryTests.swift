import Files
import Foundation
import TestSupport
import Testing
import Training

/// A run's folder, read while it is written.
struct RunHistoryTests {
  @Test func aLogIsReadWhileItGrows() async throws {
    try await TestFolder.with { folder in
      #expect(try RunHistory(folder: folder) == nil)
      let log = TrainingLog(folder: folder)
      try log.open(keeping: 0)
      var matrix = ConfusionMatrix(classes: ["awe", "fear"])
      matrix.add(label: 0, found: 1)
      for step in 1...3000 {
        let isEvaluated = step % 1000 == 500
        try log.append(
          TrainingProgress(
            stage: "encoder", step: step, steps: 3000, figures: [TrainingFigure("loss", 1 / Double(step))], rate: 1e-3,
            gradientNorm: 1, stepsPerSecond: 6, samplesPerSecond: 96,
            evaluation: isEvaluated ? [TrainingFigure("accuracy", 0.5)] : []),
          seconds: 0.1, picture: nil, confusion: isEvaluated ? matrix : nil)
      }
      let path = "\(folder)/metrics.jsonl"
      // A line that is being written, and a file that is no sample.
      try File.write(try #require(try File.contents(path)) + Array("{\"step\":3001,\"fig".utf8), to: path)
      try Folder.make("\(folder)/samples")
      for name in ["20.png", "x.png", "30.txt", "4000.png"] { try File.write([1], to: "\(folder)/samples/\(name)") }
      let history = try #require(try RunHistory(folder: folder))
      let steps = history.steps.map(\.step)
      #expect(steps.first == 1 && steps.last == 3000 && steps == steps.sorted() && (900...1010).contains(steps.count))
      // None that was evaluated is thinned out.
      #expect([500, 1500, 2500].allSatisfy(steps.contains))
      #expect(history.confusion?.step == 2500 && history.confusion?.matrix == matrix)
      #expect(history.samples == [20])
      let titles = TrainingCurve.all(of: history.steps).compactMap { $0.svg(steps: 3000) }
      #expect(titles.count == 5 && titles[0].contains("aria-label=\"loss\""))
      #expect(titles[1].contains("held out: accuracy"))
    }
  }
}
