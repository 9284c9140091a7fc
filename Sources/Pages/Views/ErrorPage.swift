import HTTPTypes

/// A page that says what went wrong and what to do.
enum ErrorPage {
  static func page(_ status: HTTPResponse.Status, _ text: String) -> HTML {
    let isAway = status == .serviceUnavailable
    let layout = Layout(title: title(status), place: nil, live: nil, reloadAfter: isAway ? 3 : nil)
    let hint: HTML = isAway ? "<p>This page looks again every 3 seconds.</p>" : "<p><a href=\"/\">The farm</a></p>"
    return layout.page(
      """
      <h1>\(title(status))</h1>
      <p class="problem">\(text)</p>
      \(hint)
      """)
  }

  private static func title(_ status: HTTPResponse.Status) -> String {
    switch status {
    case .notFound: "Not found"
    case .serviceUnavailable: "Not available now"
    case .unauthorized: "A token is needed"
    case .forbidden: "Not allowed"
    case .conflict: "Not possible now"
    case .badRequest, .uriTooLong: "This request makes no sense"
    default: status.code >= 500 ? "Something is broken" : status.reasonPhrase
    }
  }
}
