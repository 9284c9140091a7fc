import PageAssets
import Vocabulary

/// The frame that all pages share.
struct Layout: Sendable {
  /// The entry of the navigation that is marked as the current one.
  enum Place: String, CaseIterable {
    case farm = "/"
    case batches = "/batches"
    case trainings = "/trainings"
    case models = "/models"

    var title: String {
      switch self {
      case .farm: "Farm"
      case .batches: "Batches"
      case .trainings: "Trainings"
      case .models: "Models"
      }
    }
  }

  let title: String
  let place: Place?
  /// The stream of events that keeps the page up to date; nil if it stays as it is.
  var live: String?
  /// Seconds after which a browser loads the page again by itself, also without scripts.
  var reloadAfter: Int?

  func page(_ content: HTML) -> HTML {
    let entries = Layout.Place.allCases.map { entry in
      let current: HTML = entry == place ? " aria-current=\"page\"" : ""
      return "<a href=\"\(entry.rawValue)\"\(current)>\(entry.title)</a>" as HTML
    }
    let reload: HTML? = reloadAfter.map { "<meta http-equiv=\"refresh\" content=\"\($0)\">" }
    // Without scripts a live page is loaded again now and then.
    let slowly: HTML? =
      live == nil ? nil : "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>"
    let stream: HTML? = live.map { " data-live=\"\($0)\"" }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) · EmoFarm</title>\(reload)\(slowly)
      <link rel="icon" href="\(Asset.icon.address)" type="image/svg+xml">
      <link rel="stylesheet" href="\(Asset.style.address)">
      <script src="\(Asset.script.address)" defer></script>
      </head>
      <body\(stream)>
      <a class="skip" href="#content">Skip to the content</a>
      <header class="bar">
      <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>EmoFarm</a>
      <nav aria-label="Pages">\(entries)</nav>
      <span id="live" class="live" role="status">\(live == nil ? "" : "every 10 s")</span>
      </header>
      <p id="problem" class="problem" role="alert" hidden></p>
      <main id="content">
      \(content)
      </main>
      <footer class="foot">EmoFarm \(Program.version)</footer>
      </body>
      </html>

      """
  }
}
