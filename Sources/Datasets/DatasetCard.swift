import Files
import Vocabulary

/// The `README.md` of a dataset, for loaders and readers.
struct DatasetCard {
  let marker: ExportMarker
  /// nil if the images were not chosen by a condition.
  let selection: DatasetSelection?
  /// Of the images' files.
  let suffix: String
  let title: String
  /// An identifier from Hugging Face's list.
  let license: String
  let splits: [DatasetExport.Split]
  let unit: DatasetSplits.Unit
  let format: DatasetFormat
  /// Which files a loader reads for each split.
  let patterns: [(split: String, path: String)]

  var text: String {
    let images = splits.flatMap(\.images)
    return [header(images), introduction(images), counts(images), sources(images), making(images), columns(images)]
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// YAML; the `configs` make loaders find the splits and, by `/**`, the metadata in each.
  private func header(_ images: [DatasetImage]) -> String {
    let files = patterns.map { "      - split: \($0.split)\n        path: \($0.path)\n" }.joined()
    let configs = files.isEmpty ? "" : "configs:\n  - config_name: default\n    data_files:\n\(files)"
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
        - \(sizeCategory(images.count))
      \(configs)---

      """
  }

  private func sizeCategory(_ count: Int) -> String {
    switch count {
    case ..<1_000: "n<1K"
    case ..<10_000: "1K<n<10K"
    case ..<100_000: "10K<n<100K"
    case ..<1_000_000: "100K<n<1M"
    default: "1M<n<10M"
    }
  }

  private func introduction(_ images: [DatasetImage]) -> String {
    """
    # \(oneLine(title))

    \(images.count) \(images.count == 1 ? "image" : "images") made to evoke emotions, with the emotion as a label.

    **All images are AI-generated**: no photograph is among them. Each file says so itself (XMP `DigitalSourceType`
    `trainedAlgorithmicMedia`) and carries a record of how it was made (\(record)).

    ```\(format == .emoset ? "sh" : "python")
    \(loading)
    ```

    """
  }

  private var record: String {
    suffix == "png" ? "iTXt `emofarm`" : "XMP `emofarm:Record`); it was converted from the rendered PNG (`SourceSHA256`"
  }

  /// What the images were taken from: empty for one batch as it is.
  private func sources(_ images: [DatasetImage]) -> String {
    var text = ""
    if let batches = marker.batches {
      let rows = batches.map { batch in
        let count = images.count { "\($0.batch)" == batch.batch }
        return "| \(batch.batch) | \(oneLine(batch.key ?? "")) | \(batch.created ?? "") | \(count) |\n"
      }
      text += "## Batches\n\n| batch | key | enqueued | images |\n|--:|---|---|--:|\n\(rows.joined())\n"
    }
    if let selection {
      text += """
        ## Selection

        These are \(images.count) of \(selection.total) images: those for which `\(oneLine(selection.condition))` holds.


        """
    }
    return text
  }

  /// How the form is loaded.
  private var loading: String {
    let first = splits.first?.name ?? "train"
    return switch format {
    case .imagefolder:
      "from datasets import load_dataset\n\ndataset = load_dataset(\"imagefolder\", data_dir=\"PATH-OF-THIS-FOLDER\")"
    case .parquet:
      "from datasets import load_dataset\n\ndataset = load_dataset(\"PATH-OF-THIS-FOLDER\")"
    case .webdataset:
      """
      from glob import glob
      import webdataset

      shards = sorted(glob("PATH-OF-THIS-FOLDER/\(first)-*.tar"))
      dataset = webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("\(suffix)", "cls", "json")
      """
    case .classFolders:
      "from torchvision.datasets import ImageFolder\n\ndataset = ImageFolder(\"PATH-OF-THIS-FOLDER/\(first)\")"
    case .emoset:
      "emofarm train classifier --data PATH-OF-THIS-FOLDER --out classifier"
    }
  }

  private func counts(_ images: [DatasetImage]) -> String {
    let labels: [Emotion?] = Emotion.allCases + [nil]
    var table =
      "| emotion | EmoSet index | alphabetical index | " + splits.map { "\($0.name) | " }.joined() + "total |\n"
    table += "|---|--:|--:|" + String(repeating: "--:|", count: splits.count + 1) + "\n"
    for label in labels {
      let numbers = splits.map { $0.images.count { $0.label == label } }
      guard label != nil || numbers.contains(where: { $0 > 0 }) else { continue }
      let indices = [Emotion.names, Emotion.names.sorted()].map { order in
        order.firstIndex { $0 == label?.rawValue }.map { "\($0)" } ?? "–"
      }
      let cells =
        [label?.rawValue ?? "none (plain text)"] + indices + (numbers + [numbers.reduce(0, +)]).map { "\($0)" }
      table += "| \(cells.joined(separator: " | ")) |\n"
    }
    let totals = (splits.map(\.images.count) + [images.count]).map { "**\($0)**" }
    table += "| **all** | | | \(totals.joined(separator: " | ")) |\n"
    return """
      ## Images

      \(table)
      `emotion_index` counts in EmoSet's order. That order is not alphabetical: a loader that numbers classes by their
      sorted names (such as torchvision's `ImageFolder`) gives the other indices, so compare by name.
      \(splits.count > 1 ? shares(images) : "")
      """
  }

  /// How the splits were made, and how far they are from the shares asked for.
  private func shares(_ images: [DatasetImage]) -> String {
    let percent = DatasetSplits.percent
    let together =
      switch unit {
      case .image: "its subject and its seed"
      case .prompt: "its words, so that images with the same words are in one split"
      case .emotion: "its label, so that images with the same label are in one split"
      }
    let got = splits.map { split in
      let share = Double(split.images.count) / Double(images.count)
      let far = Emotion.allCases.compactMap { emotion -> (Emotion, Double)? in
        let all = images.count { $0.label == emotion }
        return all == 0
          ? nil : (emotion, Double(split.images.count { $0.label == emotion }) / Double(all) - split.asked)
      }.max { abs($0.1) < abs($1.1) }
      let stratum = far.map { "; furthest from it is \($0.0.rawValue) with \(percent(split.asked + $0.1))" } ?? ""
      return "- \(split.name): \(percent(share)), asked for \(percent(split.asked))\(stratum)\n"
    }
    return """
      A hash of an image decides its split: of \(together). So an image never changes its split, whatever else is exported.

      \(got.joined())
      """
  }

  private func making(_ images: [DatasetImage]) -> String {
    func distinct(_ value: (DatasetImage) -> String) -> String {
      Set(images.map(value)).sorted().map { "`\(oneLine($0))`" }.joined(separator: ", ")
    }
    let hasExtras = images.contains { !$0.extras.isEmpty }
    let extras = hasExtras ? "\n| further settings | \(distinct { $0.extras.isEmpty ? "none" : $0.extras }) |" : ""
    return """
      ## How they were made

      | | |
      |---|---|
      | \(marker.batches == nil ? "batch" : "batches") | `\(oneLine(marker.batch))` |
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

  private func columns(_ images: [DatasetImage]) -> String {
    """
    ## Columns

    | column | meaning |
    |---|---|
    | `image` | the picture |
    | `emotion` | the emotion asked for, that with the largest weight of several and the first in EmoSet's order of equal ones; null for plain text |
    | `emotion_index` | its index in EmoSet's order; null for plain text |
    | `emotion_weights` | the shares of the eight emotions in EmoSet's order, which sum to 1; null for plain text |
    | `emotion_spec` | the emotions as asked for, with their weights |
    | `prompt` | words that follow the emotion |
    | `text` | the plain text, for images without emotion |
    | `negative` | the negative prompt |
    | `seed` | of the initial noise |
    | `width`, `height` | pixels |
    | `steps`, `sampler`, `guidance` | of the diffusion |
    | `shortcuts` | what was given up for speed; empty for nothing |
    | `batch`, `index` | the batch's number, and the image's position in it |
    | `sha256` | of the PNG file that was rendered |
    | `model`, `model_digest` | the weights |
    | `engine_kind`, `generator` | what it was computed with: the same kind gives the same bytes |
    \(images.contains { $0.measured != nil } ? measured : "")
    """
  }

  private var measured: String {
    """
    | `measured_emotion` | the emotion that a classifier finds most probable, where the image was made |
    | `measured_weights` | the probabilities of the eight emotions in EmoSet's order, of the same classifier |
    | `measured_content` | the highest probability that a classifier of content gives to a class; null without one |
    | `measured_attribute` | the class that the attribute classifier finds most probable; null without one |
    | `perceptual_hash` | of the picture: copies differ in few of its 64 bits (`imagehash.phash`) |

    """
  }

  /// The text without characters that end a line or a table cell.
  private func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 == "|" ? "/" : $0 == "`" ? "'" : $0 })
  }
}
