import Files
import Foundation
import HTTPTypes

/// What shows that a form was sent from a page of this process: other sites cannot read pages, so they do not know it.
struct FormSecret: Sendable {
  let token: String
  private let digest: TokenDigest

  init() {
    var random = SystemRandomNumberGenerator()
    let token = Hex.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    self.token = token
    digest = TokenDigest(token)
  }

  var field: HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(token)\">" }

  /// - Throws: ``PageError`` (`forbidden`) if the form does not come from a page of this process.
  func check(_ shown: String?, _ request: HTTPRequest) throws(PageError) {
    try AccessRule.refuseOtherSites(request)
    guard let shown, digest.matches(shown) else {
      throw PageError(.forbidden, "the form is of an earlier run of this server: load its page again and repeat it")
    }
  }
}
