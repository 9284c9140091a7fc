import Files
import Foundation

/// What a run's folder says of it to a program that does not train: read while another one writes it.
package struct RunHistory: Sendable {
  /// Logged steps, ascending: all that evaluated, and as many others as a curve can show.
  package let steps: [LoggedStep]
  /// Steps that have sample images, ascending.
  package let samples: [Int]

  /// The confusion matrix of the last evaluation; nil if the stage does not classify.
  package var confusion: (step: Int, matrix: ConfusionMatrix)? {
    steps.last { $0.confusion != nil }.flatMap { step in step.confusion.map { (step.step, $0) } }
  }

  /// A longer log is not that of a run of this program.
  private static let largestLog = 256 << 20
  private static let shown = 1000

  /// Reads a run's folder.
  ///
  /// A line that is being written is left out.
  /// - Returns: nil if there is no run on this machine.
  /// - Throws: `FileError` if it cannot be read.
  package init?(folder: String) throws {
    let path = "\(folder)/metrics.jsonl"
    guard let status = try File.status(path), status.st_size <= Self.largestLog, let bytes = try File.contents(path)
    else { return nil }
    var lines = bytes.split(separator: UInt8(ascii: "\n"))
    if bytes.last != UInt8(ascii: "\n"), !lines.isEmpty { lines.removeLast() }
    let evaluated = Array("\"evaluation\":".utf8)
    var isShown = Set(TrainingPage.thinned(Array(lines.indices), to: Self.shown))
    let evaluations = lines.indices.filter { lines[$0].firstRange(of: evaluated) != nil }
    isShown.formUnion(TrainingPage.thinned(evaluations, to: Self.shown))
    let decoder = JSONDecoder()
    steps = isShown.sorted().compactMap { try? decoder.decode(LoggedStep.self, from: Data(lines[$0])) }
    let log = TrainingLog(folder: folder)
    samples = log.samples(upTo: steps.last?.step ?? 0).map(\.step)
  }

  /// The file of a step's sample images.
  package static func sample(_ step: Int, in folder: String) -> String { "\(folder)/samples/\(step).png" }
}
