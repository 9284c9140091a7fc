import Farm
import Files
import Vocabulary

/// The page that writes a specification.
struct NewBatchPage {
  let fields: BatchFields
  let models: [String]
  let text: String
  /// What the text would make, or what is wrong with it.
  let verdict: HTML
  let secret: FormSecret
  let allowsActions: Bool

  /// The outcome of a check.
  static func verdict(_ lines: [String]) -> HTML {
    "<p class=\"good\">The specification is sound.</p><pre class=\"spec\" tabindex=\"0\">\(lines.joined(separator: "\n"))</pre>"
  }

  static func verdict(_ error: any Error) -> HTML { "<p class=\"problem\">\(PageError.text(error))</p>" }

  var page: HTML {
    let enqueue: HTML =
      allowsActions
      ? "<button name=\"step\" value=\"enqueue\">Enqueue</button>"
      : "<span class=\"note\">To enqueue it here, the server needs --allow-actions; or save it and use emofarm enqueue.</span>"
    return Layout(title: "New batch", place: .batches).page(
      """
      <h1>New batch</h1>
      <div class="columns">
      \(Parts.section("In words", id: "words", form))
      \(Parts.section("As a specification", id: "spec", """
        <form method="post" action="/batches/new" class="stack">\(secret.field)
        <label for="text">YAML, as emofarm enqueue reads it</label>
        <textarea id="text" name="text" rows="16" spellcheck="false" class="spec" data-check="/batches/new/check">\(text)</textarea>
        <div class="actions"><button name="step" value="check">Check</button>\(enqueue)</div></form>
        <div id="verdict" role="status">\(verdict)</div>
        """))
      </div>
      """)
  }

  private var form: HTML {
    let boxes: [HTML] = Emotion.names.map { name in
      let checked: HTML = fields.emotions.contains(name) ? " checked" : ""
      return
        "<label class=\"box\"><input type=\"checkbox\" name=\"emotion\" value=\"\(name)\"\(checked)> \(Parts.emotion(name))</label>"
    }
    let options: [HTML] = models.map { name in
      "<option\(name == fields.model ? " selected" as HTML : "" as HTML)>\(name)</option>"
    }
    func field(_ label: HTML, _ name: HTML, _ value: String, _ more: HTML) -> HTML {
      "<label>\(label) <input name=\"\(name)\" value=\"\(value)\" \(more)></label>"
    }
    return """
      <form method="post" action="/batches/new" class="stack">\(secret.field)
      <fieldset><legend>Emotions</legend>\(boxes)</fieldset>
      <label for="prompts">Objects and scenes, one a line; none for the emotions alone</label>
      <textarea id="prompts" name="prompts" rows="3">\(fields.prompts)</textarea>
      <div class="find">
      \(field("Images of each", "count", fields.count, "inputmode=\"numeric\" size=\"6\" required"))
      \(field("Seed", "seed", fields.seed, "inputmode=\"numeric\" size=\"10\" placeholder=\"0\""))
      \(field("Steps", "steps", fields.steps, "inputmode=\"numeric\" size=\"10\" placeholder=\"the model's\""))
      <label>Model <select name="model">\(options)</select></label>
      \(field("Name", "name", fields.name, "size=\"24\""))
      <label class="box"><input type="checkbox" name="sign" value="true"\(fields.sign ? " checked" as HTML : "" as HTML)> Sign the images (workers need a key)</label>
      </div>
      <div class="actions"><button name="step" value="write">Write the specification</button></div>
      </form>
      """
  }
}
