import Checkpoints
import Files
import Foundation
package import Imaging

/// `metrics.jsonl` with one line per logged step, and the samples `samples/STEP.png`.
package final class TrainingLog {
  private let folder: String
  private var path: String { "\(folder)/metrics.jsonl" }
  private var handle: FileHandle?
  /// All lines in order.
  package private(set) var steps: [LoggedStep] = []

  package init(folder: String) { self.folder = folder }

  /// Classes of a confusion matrix that is logged; a larger one would dwarf the log, and nobody reads it as a table.
  private static let mostClasses = 32

  /// Opens the log and drops the lines of steps after `step`, which will be repeated.
  ///
  /// - Throws: `FileError` if the log cannot be rewritten, `CheckpointError` if it cannot be opened.
  package func open(keeping step: Int) throws {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let decoder = JSONDecoder()
    var kept: [Substring] = []
    for line in text.split(separator: "\n") {
      guard let logged = try? decoder.decode(LoggedStep.self, from: Data(line.utf8)), logged.step <= step else {
        continue
      }
      steps.append(logged)
      kept.append(line)
    }
    // A new file replaces the old one, so that a process that still has the old file open cannot write to the log.
    try DurableFile.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: path)
    try writing {
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seekToEnd()
      self.handle = handle
    }
  }

  package func append(
    _ progress: TrainingProgress, seconds: Double, picture: RGBImage?, confusion: ConfusionMatrix? = nil
  ) throws {
    func table(_ figures: [TrainingFigure]) -> [String: Double] {
      // JSON cannot represent infinity and NaN.
      Dictionary(figures.filter { $0.value.isFinite }.map { ($0.name, $0.value) }) { first, _ in first }
    }
    let line = LoggedStep(
      step: progress.step, seconds: seconds, rate: progress.rate, gradientNorm: progress.gradientNorm,
      figures: table(progress.figures), evaluation: progress.evaluation.isEmpty ? nil : table(progress.evaluation),
      samplesPerSecond: progress.samplesPerSecond, time: Date().timeIntervalSince1970,
      confusion: confusion.flatMap { $0.classes.count <= Self.mostClasses ? $0 : nil })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    try writing { try handle?.write(contentsOf: bytes) }
    steps.append(line)
    guard let picture else { return }
    try Folder.make("\(folder)/samples")
    try DurableFile.write(PNG.encode(picture), to: "\(folder)/samples/\(progress.step).png")
  }

  /// The steps up to `step` that have samples, in ascending order, and their files.
  package func samples(upTo step: Int) -> [(step: Int, file: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/samples")) ?? []
    return names.compactMap { name in
      guard name.hasSuffix(".png"), let own = Int(name.dropLast(4)), own <= step else { return nil }
      return (own, "\(folder)/samples/\(name)")
    }.sorted { $0.step < $1.step }
  }

  private func writing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      throw CheckpointError(.unwritable, file: path, "cannot be written: \(error.localizedDescription)")
    }
  }
}

/// A line of `metrics.jsonl`.
package struct LoggedStep: Codable, Sendable {
  /// The number of finished steps.
  package let step: Int
  /// Seconds since the previous line, or since the run started or resumed.
  let seconds: Double
  let rate: Double
  let gradientNorm: Double
  let figures: [String: Double]
  let evaluation: [String: Double]?
  /// Samples per second; nil in lines of the first versions of this program.
  let samplesPerSecond: Double?
  /// The time of writing in seconds since 1970.
  let time: Double?
  /// What held-out images were classified as; nil in most lines.
  package let confusion: ConfusionMatrix?
}
