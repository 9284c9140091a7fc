import Checkpoints
import Files
import Foundation
package import Imaging

/// `metrics.jsonl`: one line a logged step; and the samples beside it, `samples/STEP.png`.
package final class TrainingLog {
  private let folder: String
  private var path: String { "\(folder)/metrics.jsonl" }
  private var handle: FileHandle?
  /// Every line, in order.
  package private(set) var steps: [LoggedStep] = []

  package init(folder: String) { self.folder = folder }

  /// Opens the log and drops the lines of steps after `step`, which will be done again.
  ///
  /// - Throws: `FileError`, as all its methods do.
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
    // A file of its own: whoever still writes into the old one writes beside the log.
    try DurableFile.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: path)
    try writing {
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seekToEnd()
      self.handle = handle
    }
  }

  package func append(_ progress: TrainingProgress, seconds: Double, picture: RGBImage?) throws {
    func table(_ figures: [TrainingFigure]) -> [String: Double] {
      // JSON has no infinities.
      Dictionary(figures.filter { $0.value.isFinite }.map { ($0.name, $0.value) }) { first, _ in first }
    }
    let line = LoggedStep(
      step: progress.step, seconds: seconds, rate: progress.rate, gradientNorm: progress.gradientNorm,
      figures: table(progress.figures), evaluation: progress.evaluation.isEmpty ? nil : table(progress.evaluation),
      samplesPerSecond: progress.samplesPerSecond, time: Date().timeIntervalSince1970)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    try writing { try handle?.write(contentsOf: bytes) }
    steps.append(line)
    guard let picture else { return }
    try Folder.make("\(folder)/samples")
    try DurableFile.write(PNG.encode(picture), to: "\(folder)/samples/\(progress.step).png")
  }

  /// The steps up to `step` that have samples, ascending, with the files.
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
