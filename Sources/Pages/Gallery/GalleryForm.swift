import Admin
import Farm
import Vocabulary

/// The form above a gallery: a plain form whose address says what is shown.
struct GalleryForm {
  let batch: Int64
  let fields: GalleryFields
  /// Whether the batch measures its images.
  let isMeasured: Bool
  /// Whether the batch rejects images.
  let rejects: Bool

  var html: HTML {
    let number: HTML = "inputmode=\"numeric\" pattern=\"[0-9]*\""
    let probability: HTML = "inputmode=\"decimal\" size=\"4\""
    let measured: HTML? =
      isMeasured
      ? """
      \(select("Recognised", "recognised", fields.recognised?.word, [("", "anything"), ("asked", "as asked for"), ("other", "something else")] + Emotion.names.map { ($0, "as \($0)") }))
      \(input("Probability from", "least", fields.least.map { "\($0)" }, probability))
      \(input("to", "most", fields.most.map { "\($0)" }, probability))
      """ : nil
    var orders = [("index", "by index")]
    if isMeasured || fields.order == .doubt { orders.append(("doubt", "by doubt")) }
    if rejects || fields.order == .rejected { orders.append(("rejected", "rejected ones")) }
    let order: HTML? = orders.count > 1 ? select("Show", "order", fields.order.rawValue, orders) : nil
    let isOpen: HTML = fields.condition == nil ? "" : " open"
    return """
      <form class="find" method="get" action="/batches/\(batch)/images" aria-label="Which images">
      \(select("Emotion", "emotion", emotion, [("", "any"), ("none", "plain text")] + Emotion.names.map { ($0, $0) }))
      \(measured)
      \(input("Worker", "worker", fields.worker.map { "\($0)" }, number + " size=\"6\""))
      \(input("Seed", "seed", fields.seed.map { "\($0)" }, number + " size=\"12\""))
      \(input("Prompt contains", "prompt", fields.prompt, "size=\"16\" maxlength=\"500\""))
      \(input("From image", "from", nil, number + " size=\"8\""))
      \(order)
      <details\(isOpen)><summary>Condition</summary>
      \(input("As for emofarm export --where", "where", fields.condition, "size=\"48\" maxlength=\"2000\" placeholder=\"index &lt; 100 and not worker in (3, 4)\" spellcheck=\"false\""))
      </details>
      <button>Show</button>
      </form>
      """
  }

  private var emotion: String? {
    if case .emotion(let name) = fields.choice { name ?? "none" } else { nil }
  }

  private func input(_ label: HTML, _ name: HTML, _ value: String?, _ more: HTML) -> HTML {
    "<label>\(label) <input name=\"\(name)\" value=\"\(value ?? "")\" \(more)></label>"
  }

  private func select(_ label: HTML, _ name: HTML, _ current: String?, _ options: [(String, String)]) -> HTML {
    let all: [HTML] = options.map { value, text in
      "<option value=\"\(value)\"\(value == current ?? "" ? " selected" as HTML : "" as HTML)>\(text)</option>"
    }
    return "<label>\(label) <select name=\"\(name)\">\(all)</select></label>"
  }
}
