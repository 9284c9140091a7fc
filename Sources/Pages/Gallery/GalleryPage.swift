import Admin
import Farm
import Files
import Vocabulary

/// The images of a batch, page by page: those that a filter finds, with boxes to choose some.
struct GalleryPage {
  static let pageSize = 120

  /// Images of which emotion are shown.
  enum Choice: Equatable, Sendable {
    case all
    /// Of one dominant emotion; nil for plain text.
    case emotion(String?)

    /// - Parameter word: the emotion in an address; nil for all.
    /// - Throws: ``PageError`` (`badRequest`) for an unknown word.
    init(_ word: String?) throws(PageError) {
      switch word {
      case nil: self = .all
      case "none": self = .emotion(nil)
      case let name?:
        guard Emotion(rawValue: name) != nil else {
          throw PageError(
            .badRequest, "emotion=\(name.prefix(40)) must be none or one of \(Emotion.names.joined(separator: ", "))")
        }
        self = .emotion(name)
      }
    }
  }

  let status: BatchStatus
  let emotions: [EmotionProgress]
  let fields: GalleryFields
  let found: GalleryFound
  let secret: FormSecret
  let allowsActions: Bool

  private var id: Int64 { status.id }
  private var isRejected: Bool { fields.order == .rejected }

  var page: HTML {
    Layout(title: "Images of batch \(id)", place: .batches).page(
      """
      <h1><a href="/batches/\(id)">Batch \(id)</a> <span class="name">\(status.name)</span> \(isRejected ? "Rejected images" : "Images")</h1>
      <nav class="filters" aria-label="Emotions">\(emotionLinks)</nav>
      \(GalleryForm(batch: id, fields: fields, isMeasured: status.classifiers != nil, rejects: status.acceptance != nil).html)
      \(condition)
      \(sheet)
      <nav class="pages" aria-label="Pages of images">\(first) \(next)</nav>
      """)
  }

  private var emotionLinks: [HTML] {
    let choices: [(Choice, HTML, Int)] =
      [(.all, "all", status.imagesDone)]
      + emotions.map { (.emotion($0.emotion), Parts.emotion($0.emotion), $0.imagesDone) }
    return choices.map { choice, name, count in
      var other = fields
      other.choice = choice
      let current: HTML = choice == fields.choice ? " aria-current=\"true\"" : ""
      let small: HTML? = isRejected ? nil : " <small>\(Measure.count(count))</small>"
      return "<a href=\"\(other.address(of: id))\"\(current)>\(name)\(small)</a>"
    }
  }

  /// The filter in the words of the command that exports the same images.
  private var condition: HTML? {
    guard !fields.isEverything else { return nil }
    let command = "emofarm export \(id) --where \(Self.shellQuoted(fields.text)) --out FOLDER"
    let take: HTML? = isRejected ? nil : " The same images as a dataset: \(Parts.command(command))"
    return """
      <p class="note">Only \(Parts.command(fields.text)) <a href="\(GalleryFields().address(of: id))">Show all</a>\(take)</p>
      """
  }

  private static func shellQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  private var sheet: HTML {
    guard !found.images.isEmpty else { return Parts.empty(emptiness) }
    let tiles: [HTML] = found.images.map { isRejected ? Self.rejected($0) : Self.choosable($0) }
    let range: HTML? = found.images.first.flatMap { low in
      found.images.last.map { high in
        switch fields.order {
        case .index, .rejected: "Images \(Measure.count(low.row.index)) to \(Measure.count(high.row.index))"
        case .doubt:
          "Probability of the emotion asked for: \(Measure.figure(low.probability ?? 0)) to \(Measure.figure(high.probability ?? 0))"
        }
      }
    }
    let note: HTML = "<p class=\"note\">\(range). Arrow keys move, Enter opens\(isRejected ? "" : ", x chooses")."
    let list: HTML = "<div class=\"sheet gallery\">\(tiles)</div>"
    guard !isRejected else { return "\(note)</p>\(list)" }
    let reject: HTML? =
      allowsActions && (status.acceptance?.tries ?? 1) > 1
      ? "<button name=\"step\" value=\"reject\">Reject, try the next seed</button>" : nil
    return """
      <form method="post" action="/batches/\(id)/selection" class="choose">\(secret.field)
      <div class="actions" role="group" aria-label="With the chosen images">
      <button name="step" value="compare">Compare</button>
      <button name="step" value="lines">List as JSON</button>
      <button name="step" value="condition">List for --where</button>
      \(reject)
      <span class="note" id="chosen" role="status"></span></div>
      \(note)</p>
      \(list)
      </form>
      """
  }

  private var emptiness: HTML {
    if found.isCutShort { return "None so far: the search goes on with “Next”." }
    if fields.after != nil { return "There are no more images." }
    if isRejected {
      return status.acceptance == nil
        ? "This batch accepts every image: its specification has no \(Parts.command("accept"))."
        : "No such image was rejected."
    }
    if fields.order == .doubt, status.classifiers == nil {
      return
        "This batch does not measure its images, so nothing is doubted: \(Parts.command("measure")) in a specification."
    }
    return fields.isEverything
      ? "There is no such image yet."
      : "There is no such image yet. <a href=\"\(GalleryFields().address(of: id))\">Show all images</a>"
  }

  private var first: HTML? {
    fields.after == nil ? nil : "<a href=\"\(fields.address(of: id))\">First</a>"
  }

  private var next: HTML? {
    found.next.map { place in
      let note: HTML? =
        found.isCutShort
        ? " <small>searched up to \(Self.words(place)), \(Measure.count(found.images.count)) found</small>" : nil
      return "<a rel=\"next\" href=\"\(fields.address(of: id, after: place))\">Next</a>\(note)"
    }
  }

  private static func words(_ place: GalleryPlace) -> String {
    switch place {
    case .index(let index), .trial(let index, _): "image \(Measure.count(index))"
    case .doubt(let probability, _): "probability \(Measure.figure(Double(probability)))"
    }
  }

  /// A tile with its box, and the probability of its emotion.
  private static func choosable(_ image: GalleryImage) -> HTML {
    let index = image.row.index
    let seen: HTML? = image.probability.map { probability in
      let isOther = image.measurement?.emotion != image.row.subject.emotion?.dominant
      let name: HTML? = isOther ? image.measurement?.emotion.map { " \(Parts.emotion($0.rawValue))" } : nil
      return "<span class=\"seen\">\(Measure.figure(probability))\(name)</span>"
    }
    return """
      <div class="pick">\(ImageTile.html(image.row))\
      <label><input type="checkbox" name="index" value="\(index)" aria-label="Choose image \(index)"> \(index)</label>\(seen)</div>
      """
  }

  /// A rejected image with its reason; it has no page of its own, so that its tile leads to the file.
  private static func rejected(_ image: GalleryImage) -> HTML {
    let row = image.row
    let words = row.subject.label
    let value = image.rejection?.value.map { " \(Measure.figure($0))" } ?? ""
    let reason = "\(image.rejection?.criterion.rawValue ?? "")\(value)"
    return """
      <div class="pick"><a class="tile\(Parts.colourClass(row.emotion))" href="/images/\(row.sha256).png" title="\(row.index), try \(row.trial + 1): \(words)">\
      <img src="/thumbnails/\(row.sha256).jpg" alt="Rejected image \(row.index), try \(row.trial + 1): \(words)" width="96" height="96" decoding="async">\
      <span class="label">\(row.emotion ?? "text")</span></a>\
      <span class="seen">\(row.index), try \(row.trial + 1)</span><span class="seen warn">\(reason)</span></div>
      """
  }
}
