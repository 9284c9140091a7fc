import Admin
import Farm
import Foundation
import Vocabulary

/// The registered models.
struct ModelsPage {
  let models: [RegisteredModel]
  let now: Date
  let secret: FormSecret

  var page: HTML {
    let list: HTML =
      models.isEmpty
      ? Parts.empty("No model is registered. Register one with \(Parts.command("emofarm models add NAME PATH")).")
      : models.map(section).joined()
    return Layout(title: "Models", place: .models).page("<h1>Models</h1>\n\(list)")
  }

  private func section(_ model: RegisteredModel) -> HTML {
    let defaults = model.defaults
    let pieces: [HTML] = [
      Parts.figure("Digest", "<code>\(Measure.digest(model.digest))…</code>"),
      Parts.figure("Size", "\(defaults.width) × \(defaults.height)", note: "multiples of \(model.multiple)"),
      Parts.figure("Steps", "\(defaults.steps)"), Parts.figure("Sampler", "\(defaults.sampler.rawValue)"),
      Parts.figure("Guidance", "\(Measure.number(Double(defaults.guidance)))"),
      Parts.figure("Registered", Parts.time(model.registered, now: now)),
      Parts.figure("Folder", "<span class=\"path\">\(model.folder)</span>"),
    ]
    let rows: [[HTML]] = model.registration.files.map {
      ["\($0.path)", "\(Measure.bytes(Int64($0.bytes)))", "<code>\($0.sha256)</code>"]
    }
    let files = Parts.table("Files of \(model.name)", columns: ["File", "#Size", "SHA-256"], rows: rows)
    return Parts.section(
      model.name, id: "model-\(model.id)",
      """
      <dl class="figures">\(pieces)</dl>
      \(testRender(model))
      <details><summary>\(Measure.count(rows.count, "file")), digest \(model.digest)</summary>\(files)</details>
      """)
  }

  /// Writes a batch of one image of each emotion, which its own page tries and enqueues.
  private func testRender(_ model: RegisteredModel) -> HTML {
    let emotions: [HTML] = Emotion.names.map { "<input type=\"hidden\" name=\"emotion\" value=\"\($0)\">" }
    return """
      <form method="post" action="/batches/new" class="actions">\(secret.field)\
      <input type="hidden" name="name" value="test of \(model.name)">\
      <input type="hidden" name="model" value="\(model.name)"><input type="hidden" name="count" value="1">\(emotions)\
      <button name="step" value="write" aria-label="Test render of \(model.name)">Test render</button></form>
      """
  }
}
