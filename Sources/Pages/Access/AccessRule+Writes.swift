import Files
import HTTPTypes

/// Requests of programs that change something.
///
/// A page of another site can have a browser send simple requests here: forms, and texts without headers of their own, to
/// which the browser adds the password or the proxy's cookie that it keeps. It cannot add a bearer token or the content type
/// of a document: for these the browser asks this server first (a preflight), and this server never agrees.
extension AccessRule {
  /// - Throws: ``PageError`` (`forbidden`, `wrongType`).
  func checkWrite(_ request: HTTPRequest) throws(PageError) {
    try Self.refuseOtherSites(request)
    switch self {
    case .thisMachine:
      throw PageError(
        .forbidden,
        "programs change the farm with a token alone: start the server with --token-file FILE and send the header "
          + "Authorization: Bearer TOKEN")
    case .token:
      guard request.headerFields[.authorization]?.lowercased().hasPrefix("bearer ") == true else {
        throw PageError(
          .forbidden,
          "programs change the farm with the header Authorization: Bearer TOKEN: a password is not enough, because browsers "
            + "send it with requests of other sites, too")
      }
    case .proxy: try Self.requireDocument(request)
    }
  }

  /// Refuses what a browser says another site has sent.
  ///
  /// - Throws: ``PageError`` (`forbidden`).
  static func refuseOtherSites(_ request: HTTPRequest) throws(PageError) {
    let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headerFields[$0] }
    guard site == nil || site == "same-origin" || site == "none" else {
      throw PageError(.forbidden, "the request was sent by another site")
    }
  }

  /// Refuses bodies that are not said to be YAML or JSON.
  ///
  /// - Throws: ``PageError`` (`wrongType`).
  static func requireDocument(_ request: HTTPRequest) throws(PageError) {
    let type = request.headerFields[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    guard let type, ["application/json", "application/yaml", "application/x-yaml", "text/yaml"].contains(type) else {
      throw PageError(.wrongType, "say what the body is: Content-Type: application/yaml, or application/json")
    }
  }
}
