import Foundation
import Imaging

/// `metrics.jsonl`: one line a logged step; and the samples beside it, `samples/STEP.png`.
final class TrainingLog {
  private struct Line: Codable {
    let step: Int
    let seconds: Double
    let rate: Double
    let gradientNorm: Double
    let figures: [String: Double]
    let evaluation: [String: Double]?
  }

  private let folder: String
  private var path: String { "\(folder)/metrics.jsonl" }
  private var handle: FileHandle?

  init(folder: String) { self.folder = folder }

  /// Opens the log and drops the lines of steps after `step`, which will be done again.
  func open(keeping step: Int) throws {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let decoder = JSONDecoder()
    let kept = text.split(separator: "\n").filter { line in
      (try? decoder.decode(Line.self, from: Data(line.utf8))).map { $0.step <= step } ?? false
    }
    do {
      try kept.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seekToEnd()
      self.handle = handle
    } catch {
      throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
    }
  }

  func append(_ progress: TrainingProgress, seconds: Double, picture: RGBImage?) throws {
    func table(_ figures: [TrainingFigure]) -> [String: Double] {
      Dictionary(figures.map { ($0.name, $0.value) }) { first, _ in first }
    }
    let line = Line(
      step: progress.step, seconds: seconds, rate: progress.rate, gradientNorm: progress.gradientNorm,
      figures: table(progress.figures), evaluation: progress.evaluation.isEmpty ? nil : table(progress.evaluation))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      try handle?.write(contentsOf: try encoder.encode(line) + Data("\n".utf8))
      if let picture {
        try FileManager.default.createDirectory(atPath: "\(folder)/samples", withIntermediateDirectories: true)
        try Data(PNG.encode(picture, texts: []))
          .write(to: URL(filePath: "\(folder)/samples/\(progress.step).png"), options: .atomic)
      }
    } catch {
      throw TrainingError("\(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
