import Checkpoints
import Engine
import Files
import Foundation
import Imaging
import Vocabulary

/// `index.html`: an overview of a run in one self-contained file.
package final class TrainingPage {
  package enum State { case running, interrupted, finished }

  private let path: String
  private let identity: RunIdentity
  private let options: TrainingOptions
  /// The embedded samples by step, so that each file is read once.
  private var pictures: [Int: String] = [:]

  /// Maximum number of samples on a page.
  package static let samples = 12

  package init(path: String, identity: RunIdentity, options: TrainingOptions) {
    self.path = path
    self.identity = identity
    self.options = options
  }

  /// Writes the page for the state of the run after `step`.
  ///
  /// - Throws: `FileError` if the page cannot be written.
  package func write(_ log: TrainingLog, _ state: State, step: Int) throws {
    try DurableFile.write(Array(html(log, state, step: step).utf8), to: path)
  }

  private func html(_ log: TrainingLog, _ state: State, step: Int) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    \(state == .running ? "<meta http-equiv=\"refresh\" content=\"30\">\n" : "")\
    <title>\(Self.escaped(identity.stage)): step \(TrainingText.count(step))</title>
    <style>\(PageStyle.css)</style>
    </head>
    <body>
    <h1>\(Self.escaped(identity.stage)) <span class="state \(state)">\(Self.words(state))</span></h1>
    <div class="bar"><div style="width:\(Self.percent(step, of: options.steps))%"></div></div>
    <p>\(summary(log, state, step: step))</p>
    <section class="curves">
    \(curves(log.steps))
    </section>
    \(gallery(log, step: step))
    <h2>Settings</h2>
    <table>
    \(settings())
    </table>
    </body>
    </html>

    """
  }

  private func summary(_ log: TrainingLog, _ state: State, step: Int) -> String {
    var parts = ["step <b>\(TrainingText.count(step))</b> of \(TrainingText.count(options.steps))"]
    if let last = log.steps.last {
      for (name, value) in last.figures.sorted(by: { TrainingCurve.first($0.key, $1.key) }) {
        parts.append("\(Self.escaped(name)) <b>\(TrainingText.number(value))</b>")
      }
      if let speed = last.samplesPerSecond { parts.append("\(TrainingText.number(speed)) samples/s") }
      if state == .running, last.seconds > 0 {
        let recent = log.steps.suffix(20)
        let steps = last.step - (log.steps.dropLast(recent.count).last?.step ?? 0)
        let seconds = recent.reduce(0) { $0 + $1.seconds }
        let left = seconds / Double(max(1, steps)) * Double(options.steps - step)
        parts.append("about \(TrainingText.duration(left)) left")
      }
    }
    if let evaluation = log.steps.last(where: { $0.evaluation != nil })?.evaluation {
      for (name, value) in evaluation.sorted(by: { $0.key < $1.key }) {
        parts.append("\(Self.escaped(name)) <b>\(TrainingText.number(value))</b>")
      }
    }
    let trained = log.steps.reduce(0) { $0 + $1.seconds }
    parts.append("\(TrainingText.duration(trained)) of training")
    return parts.joined(separator: " · ")
  }

  private func curves(_ steps: [LoggedStep]) -> String {
    TrainingCurve.all(of: steps).compactMap { $0.svg(steps: options.steps) }.joined(separator: "\n")
  }

  private func gallery(_ log: TrainingLog, step: Int) -> String {
    let shown = Self.thinned(log.samples(upTo: step), to: Self.samples)
    pictures = pictures.filter { known, _ in shown.contains { $0.step == known } }
    let figures = shown.compactMap { sample -> String? in
      guard let picture = pictures[sample.step] ?? SamplePicture.encoded(sample.file) else { return nil }
      pictures[sample.step] = picture
      let caption = "step \(TrainingText.count(sample.step))"
      return """
        <figure><img alt="samples at \(caption)" src="data:image/png;base64,\(picture)"><figcaption>\(caption)\
        </figcaption></figure>
        """
    }
    guard !figures.isEmpty else { return "" }
    return "<h2>Samples</h2>\n<section class=\"samples\">\n\(figures.joined(separator: "\n"))\n</section>"
  }

  private func settings() -> String {
    var rows: [(String, String)] = [("stage", identity.stage), ("inputs", identity.inputs)]
    let rate = options.rate
    rows.append(("steps", TrainingText.count(options.steps)))
    switch options.optimizer {
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      rows.append(("optimizer", "AdamW, betas \(beta1) and \(beta2), epsilon \(epsilon), weight decay \(weightDecay)"))
    case .sgd(let momentum, let weightDecay, let nesterov):
      rows.append(
        ("optimizer", "SGD, momentum \(momentum)\(nesterov ? " (Nesterov)" : ""), weight decay \(weightDecay)"))
    }
    rows.append(("learning rate", "\(rate.peak), \(rate.shape.rawValue), \(rate.warmUpSteps) steps of warm-up"))
    rows.append(("gradient norm limit", options.clip.map { "\($0)" } ?? "none"))
    rows.append(("average of weights", options.average.map { "decay \($0)" } ?? "none"))
    rows.append(("seed", "\(options.seed)"))
    return rows.map { "<tr><th>\($0.0)</th><td>\(Self.escaped($0.1))</td></tr>" }.joined(separator: "\n")
  }

  /// Picks `count` elements at even distances, including the first and the last.
  package static func thinned<T>(_ all: [T], to count: Int) -> [T] {
    guard all.count > count, count > 1 else { return all }
    return (0..<count).map { all[$0 * (all.count - 1) / (count - 1)] }
  }

  private static func words(_ state: State) -> String {
    switch state {
    case .running: "running"
    case .interrupted: "interrupted: run the same command again to resume"
    case .finished: "finished"
    }
  }

  private static func percent(_ part: Int, of whole: Int) -> String {
    String(format: "%.1f", 100 * Double(part) / Double(max(1, whole)))
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
