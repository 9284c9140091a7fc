import Admin
import Farm
import Foundation
import Vocabulary

/// A few images beside each other, with what differs between them. Two of them can be laid over each other.
struct SideBySidePage {
  static let counts = 2...12

  let images: [ComparedImage]

  var page: HTML {
    let figures: [HTML] = images.map(Self.figure)
    // The script lays the two over each other; without it they stand beside each other.
    let slider: HTML = images.count == 2 ? " data-slider" : ""
    return Layout(title: "Images side by side", place: .batches).page(
      """
      <h1>Images side by side</h1>
      <div class="beside"\(slider)>\(figures)</div>
      \(Parts.section("What differs", id: "differs", facts))
      """)
  }

  private static func name(_ image: ComparedImage) -> String { "\(image.row.batch):\(image.row.index)" }

  private static func figure(_ image: ComparedImage) -> HTML {
    let row = image.row
    let words = row.subject.label
    return """
      <figure><img src="/images/\(row.sha256).png" alt="Image \(row.index) of batch \(row.batch): \(words)" width="\(row.settings.width)" height="\(row.settings.height)">
      <figcaption><a href="/batches/\(row.batch)/images/\(row.index)">Image \(row.index) of batch \(row.batch)</a> \(Parts.emotion(row.emotion)) \(words == row.emotion ? "" : words)</figcaption></figure>
      """
  }

  private var facts: HTML {
    func row(_ label: HTML, _ value: (ComparedImage) -> String) -> [HTML] {
      let values = images.map(value)
      let mark: HTML = Set(values).count == 1 ? "" : " class=\"differs\""
      return [label] + values.map { "<span\(mark)>\($0)</span>" }
    }
    var rows = [
      row("Subject") { $0.row.subject.label }, row("Seed") { "\($0.row.seed)" },
      row("Model") { Measure.digest($0.row.modelDigest) }, row("Engine") { $0.row.engine },
      row("Sampler") { $0.row.settings.sampler.rawValue }, row("Steps") { "\($0.row.actualSteps)" },
      row("Guidance") { Measure.number($0.row.settings.guidance) },
      row("Size") { "\($0.row.settings.width) × \($0.row.settings.height)" },
      row("Negative") { $0.row.settings.negative }, row("Worker") { "\($0.row.worker)" },
      row("Rendered in") { Measure.duration($0.row.seconds) },
      row("Pixels") { Measure.digest($0.row.rgbSHA256) },
    ]
    if images.contains(where: { $0.measurement != nil }) {
      rows.append(row("Recognised") { $0.measurement?.emotion?.rawValue ?? "–" })
      for emotion in Emotion.allCases {
        rows.append(
          row(Parts.emotion(emotion.rawValue)) { image in
            guard let all = image.measurement?.emotions, all.indices.contains(emotion.index) else { return "–" }
            return Measure.figure(Double(all[emotion.index]))
          })
      }
    }
    return Parts.table("What differs", columns: [""] + images.map { "Image \(Self.name($0))" }, rows: rows)
  }
}
