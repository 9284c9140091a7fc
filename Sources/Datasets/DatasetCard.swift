import Files
import Vocabulary

/// The `README.md` of a dataset, for loaders and readers.
struct DatasetCard {
  let batch: String
  let title: String
  /// An identifier from Hugging Face's list.
  let license: String
  let splits: [(name: String, images: [DatasetImage])]

  private var images: [DatasetImage] { splits.flatMap(\.images) }

  var text: String {
    [header, introduction, counts, making, columns].joined(separator: "\n")
  }

  /// YAML; the `configs` make loaders find the splits and, by `/**`, the metadata in each.
  private var header: String {
    let files = splits.map { "      - split: \($0.name)\n        path: \($0.name)/**\n" }.joined()
    return """
      ---
      pretty_name: \(JSONString.quoted(title, .line))
      license: \(JSONString.quoted(license, .line))
      task_categories:
        - image-classification
        - text-to-image
      tags:
        - emotion
        - synthetic
        - ai-generated
        - emofarm
      size_categories:
        - \(sizeCategory)
      configs:
        - config_name: default
          data_files:
      \(files)---

      """
  }

  private var sizeCategory: String {
    switch images.count {
    case ..<1_000: "n<1K"
    case ..<10_000: "1K<n<10K"
    case ..<100_000: "10K<n<100K"
    case ..<1_000_000: "100K<n<1M"
    default: "1M<n<10M"
    }
  }

  private var introduction: String {
    """
    # \(oneLine(title))

    \(images.count) \(images.count == 1 ? "image" : "images") made to evoke emotions, with the emotion as a label.

    **All images are AI-generated**: no photograph is among them. Each PNG says so itself (XMP `DigitalSourceType`
    `trainedAlgorithmicMedia`) and carries a record of how it was made (iTXt `emofarm`).

    ```python
    from datasets import load_dataset

    dataset = load_dataset("imagefolder", data_dir="PATH-OF-THIS-FOLDER")
    ```

    """
  }

  private var counts: String {
    let labels: [String?] = Emotion.names + [nil]
    var table =
      "| emotion | EmoSet index | alphabetical index | " + splits.map { "\($0.name) | " }.joined() + "total |\n"
    table += "|---|--:|--:|" + String(repeating: "--:|", count: splits.count + 1) + "\n"
    for label in labels {
      let numbers = splits.map { $0.images.count { $0.emotion == label } }
      guard label != nil || numbers.contains(where: { $0 > 0 }) else { continue }
      let indices = [Emotion.names, Emotion.names.sorted()].map { order in
        order.firstIndex { $0 == label }.map { "\($0)" } ?? "–"
      }
      let cells = [label ?? "none (plain text)"] + indices + (numbers + [numbers.reduce(0, +)]).map { "\($0)" }
      table += "| \(cells.joined(separator: " | ")) |\n"
    }
    let totals = (splits.map(\.images.count) + [images.count]).map { "**\($0)**" }
    table += "| **all** | | | \(totals.joined(separator: " | ")) |\n"
    return """
      ## Images

      \(table)
      `emotion_index` counts in EmoSet's order. That order is not alphabetical: a loader that numbers classes by their
      sorted names (such as torchvision's `ImageFolder`) gives the other indices, so compare by name.
      \(splits.count > 1 ? "The splits are stratified by emotion.\n" : "")
      """
  }

  private var making: String {
    let made = images
    func distinct(_ value: (DatasetImage) -> String) -> String {
      Set(made.map(value)).sorted().map { "`\(oneLine($0))`" }.joined(separator: ", ")
    }
    let hasExtras = made.contains { !$0.extras.isEmpty }
    let extras = hasExtras ? "\n| further settings | \(distinct { $0.extras.isEmpty ? "none" : $0.extras }) |" : ""
    return """
      ## How they were made

      | | |
      |---|---|
      | batch | `\(oneLine(batch))` |
      | program | \(distinct(\.generator)) |
      | model (digest of its weight files) | \(distinct { "\($0.model) (\($0.modelDigest))" }) |
      | sampler | \(distinct(\.sampler)) |
      | steps | \(distinct { "\($0.steps)" }) |
      | guidance | \(distinct { "\($0.guidance)" }) |
      | shortcuts | \(distinct { $0.shortcuts.isEmpty ? "none" : $0.shortcuts }) |\(extras)
      | size | \(distinct { "\($0.width)x\($0.height)" }) |
      | engine kind | \(distinct(\.engineKind)) |

      An emotion vector is drawn from the emotion's distribution, mapped to a token of the text encoder, and a diffusion
      model is guided by it (EmoGen, CVPR 2024). The emotion is what was asked for; no person has labelled the images.
      `emofarm replay` renders an image again from its record.

      """
  }

  private var columns: String {
    """
    ## Columns

    | column | meaning |
    |---|---|
    | `image` | the picture |
    | `emotion` | the emotion asked for, the strongest one of a mixture; empty for plain text |
    | `emotion_index` | its index in EmoSet's order; -1 for plain text |
    | `emotion_spec` | the emotions as asked for, with their weights |
    | `prompt` | words that follow the emotion |
    | `text` | the plain text, for images without emotion |
    | `negative` | the negative prompt |
    | `seed` | of the initial noise |
    | `width`, `height` | pixels |
    | `steps`, `sampler`, `guidance` | of the diffusion |
    | `shortcuts` | what was given up for speed; empty for nothing |
    | `index` | the image's position in its batch |
    | `sha256` | of the PNG file |
    | `model`, `model_digest` | the weights |
    | `engine_kind`, `generator` | what it was computed with: the same kind gives the same bytes |

    """
  }

  /// The text without characters that end a line or a table cell.
  private func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 == "|" ? "/" : $0 == "`" ? "'" : $0 })
  }
}
