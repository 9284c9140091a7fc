import Admin
import ArgumentParser
import Engine
import Foundation
import Scoring
import Vocabulary

/// Flags of all commands that measure images.
struct EvaluationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder with the classifiers: clip, emotion_classifier, attribute_classifier, imagenet, places365, inception, lpips; the model's own by default.",
      valueName: "dir"), completion: .directory)
  var classifiers: String?

  @Option(help: ArgumentHelp("The emotions, comma-separated; all eight by default.", valueName: "names"))
  var emotions: String?

  @Option(help: ArgumentHelp("Number of bootstrap resamples for the intervals.", valueName: "n"))
  var resamples = 1000

  @Option(help: ArgumentHelp("Added to the seeds of the images and of the resamples, below 2^63.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Cores to use; 0 for all. The figures do not depend on it.", valueName: "n"))
  var threads = 0

  @Option(help: ArgumentHelp("Also write the result as JSON to this file.", valueName: "file"))
  var out: String?

  func validate() throws {
    guard (10...100_000).contains(resamples) else {
      throw ValidationError("--resamples \(resamples): must be from 10 to 100000.")
    }
    guard seed < 1 << 63 else { throw ValidationError("--seed \(seed): seeds must be below 2^63.") }
    guard (0...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): must be 0 (all cores) or a number up to 1024.")
    }
    _ = try chosenEmotions()
  }

  /// The chosen emotions, in EmoSet's order.
  func chosenEmotions() throws -> [Emotion] {
    guard let emotions else { return Emotion.allCases }
    let named = try emotions.split(separator: ",").map { part in
      let name = part.trimmingCharacters(in: .whitespaces).lowercased()
      guard let emotion = Emotion(rawValue: name) else {
        let known = Emotion.names.joined(separator: ", ")
        throw ValidationError("--emotions \(emotions): '\(name)' is not one of \(known).")
      }
      return emotion
    }
    guard !named.isEmpty else { throw ValidationError("--emotions: give at least one.") }
    return Emotion.allCases.filter(named.contains)
  }

  func compute() throws -> Compute {
    try Compute(threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Prints a result and, with `--out`, also writes it to a file.
  ///
  /// - Parameter members: the keys that every result of the command has.
  func finish(_ json: JSONDocument, members: [String], lines: @autoclosure () -> [String], asJSON: Bool) throws {
    if let out { try OutputFile.write(Array((json.text() + "\n").utf8), to: out, replacing: .json(members)) }
    if asJSON { try Console.print(json) } else { try Console.print(lines()) }
  }
}
