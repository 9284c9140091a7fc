import Admin
import Farm
import Foundation
import Vocabulary

/// One image, and how it was made.
struct ImagePage {
  let row: ImageRow
  let batchName: String
  /// How it was made, or why that cannot be read.
  let report: Result<[(label: String, text: String)], any Error>
  let previous: Int?
  let next: Int?
  /// Images of the same seed in other batches.
  let others: [ImageRow]
  /// What the batch's classifiers see in it; nil if they measure nothing.
  let measurement: ImageMeasurement?
  let now: Date

  private var name: String { "batch-\(row.batch)-image-\(row.index).png" }

  var page: HTML {
    let address: HTML = "/images/\(row.sha256).png"
    let words = row.subject.label
    func neighbour(_ index: Int?, _ rel: HTML, _ text: HTML) -> HTML? {
      index.map { "<a rel=\"\(rel)\" href=\"/batches/\(row.batch)/images/\($0)\">\(text) <small>\($0)</small></a>" }
    }
    return Layout(title: "Image \(row.index) of batch \(row.batch)", place: .batches).page(
      """
      <h1><a href="/batches/\(row.batch)">Batch \(row.batch)</a> <span class="name">\(batchName)</span> Image \(row.index)</h1>
      <nav class="pages" aria-label="Neighbours">\(neighbour(previous, "prev", "Previous"))
      \(neighbour(next, "next", "Next")) <a href="/batches/\(row.batch)/images?after=\(row.index - 1)">Gallery from here</a></nav>
      <div class="picture">
      <figure>
      <a href="\(address)"><img src="\(address)" alt="Image \(row.index): \(words)" width="\(row.settings.width)" height="\(row.settings.height)"></a>
      <figcaption>\(Parts.emotion(row.emotion)) \(words == row.emotion ? "" : words)</figcaption>
      \(siblings)
      </figure>
      <div>
      \(facts)
      \(seen)
      \(provenance)
      </div>
      </div>
      """)
  }

  private var siblings: HTML? {
    guard !others.isEmpty else { return nil }
    let tiles: [HTML] = others.map {
      "<div>\(ImageTile.html($0))<a href=\"/compare?left=\(row.batch)&amp;right=\($0.batch)&amp;after=\(row.index - 1)\">batch \($0.batch)</a></div>"
    }
    return Parts.section("The same seed in other batches", id: "siblings", "<div class=\"sheet few\">\(tiles)</div>")
  }

  private var seen: HTML? {
    guard let measurement, measurement.emotions.count == Emotion.allCases.count else { return nil }
    let rows: [[HTML]] = Emotion.allCases.map { emotion in
      let share = Double(measurement.emotions[emotion.index])
      let parts = share.isFinite ? Int((min(1, max(0, share)) * 1000).rounded()) : 0
      let isMost = emotion == measurement.emotion
      let figure: HTML = "\(Measure.figure(share))"
      return [
        Parts.emotion(emotion.rawValue),
        Parts.bar(parts, of: 1000, label: "Probability of \(emotion)", emotion: emotion.rawValue),
        isMost ? "<strong>\(figure)</strong>" : figure,
      ]
    }
    let verdict: HTML? = row.emotion.flatMap { asked in
      measurement.emotion.map { seen in
        seen.rawValue == asked
          ? "<p class=\"good\">The classifier recognises the emotion that was asked for.</p>"
          : "<p class=\"warn\">The classifier sees \(seen.rawValue) where \(asked) was asked for.</p>"
      }
    }
    let attribute: HTML? = measurement.attribute.map {
      "<p class=\"note\">The attribute that it shows most probably: <strong>\($0)</strong>.</p>"
    }
    return Parts.section(
      "What the classifier sees", id: "seen",
      "\(verdict)\(attribute)\(Parts.table("Probabilities of the emotions", columns: ["Emotion", "", "#Probability"], rows: rows))"
    )
  }

  private var facts: HTML {
    let pieces: [HTML] = [
      Parts.figure("Seed", "\(row.seed)"), Parts.figure("Size", "\(row.settings.width) × \(row.settings.height)"),
      Parts.figure("Steps", "\(row.actualSteps)"), Parts.figure("Rendered in", "\(Measure.duration(row.seconds))"),
      Parts.figure("Worker", "\(row.worker)", note: "job \(row.job)"),
      Parts.figure("Published", Parts.time(row.created, now: now)),
      Parts.figure("File", "\(Measure.bytes(Int64(row.bytes)))"),
    ]
    return """
      <dl class="figures">\(pieces)</dl>
      <p><a class="button" href="/images/\(row.sha256).png?name=\(name)" download="\(name)">Download \(name)</a></p>
      <p class="note">To render it again and compare the bytes:</p>
      <pre class="spec" tabindex="0">emofarm replay \(name)</pre>
      """
  }

  private var provenance: HTML {
    switch report {
    case .success(let rows):
      let lines: [HTML] = Self.grouped(rows).map { label, texts in
        let pieces: [HTML] = texts.map { "<div>\($0)</div>" }
        return "<tr><th scope=\"row\">\(label)</th><td>\(pieces)</td></tr>\n"
      }
      return Parts.section(
        "Provenance", id: "provenance",
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Provenance\"><table class=\"facts\"><tbody>\(lines)</tbody></table></div>"
      )
    case .failure(let error):
      return Parts.section(
        "Provenance", id: "provenance", "<p class=\"problem\">The file cannot be read: \(PageError.text(error))</p>")
    }
  }

  /// The rows with those that continue the one above joined to it.
  private static func grouped(_ rows: [(label: String, text: String)]) -> [(label: String, texts: [String])] {
    var groups: [(label: String, texts: [String])] = []
    for (label, text) in rows {
      if label.isEmpty, !groups.isEmpty {
        groups[groups.count - 1].texts.append(text)
      } else {
        groups.append((label, [text]))
      }
    }
    return groups
  }
}
