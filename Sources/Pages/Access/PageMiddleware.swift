import Admin
import Files
import HTTPTypes
import Hummingbird
import NIOCore

/// What holds for every answer: who may ask, how errors look, and what browsers may do with a page.
struct PageMiddleware<Context: RequestContext>: RouterMiddleware {
  let rule: AccessRule

  private static var contentPolicy: String {
    """
    default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'
    """
  }

  /// A longer address is no link of these pages.
  private static var longestTarget: Int { 4096 }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      guard request.uri.string.utf8.count <= Self.longestTarget else {
        throw PageError(.tooLong, "the address has more than \(Self.longestTarget) characters")
      }
      // Who restarts this process needs no token.
      if request.uri.path != "/healthz" { try rule.check(request.head) }
      response = try await next(request, context)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      response = Self.failure(error, request)
    }
    for (name, value) in Self.headers { response.headers[name] = value }
    return response
  }

  private static var headers: [(HTTPField.Name, String)] {
    var headers: [(HTTPField.Name, String)] = [
      (.contentSecurityPolicy, contentPolicy), (.xContentTypeOptions, "nosniff"),
    ]
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
    ] {
      if let name = HTTPField.Name(name) { headers.append((name, value)) }
    }
    return headers
  }

  private static func failure(_ error: any Error, _ request: Request) -> Response {
    let status = PageError.status(error)
    let text = PageError.text(error)
    var response =
      request.uri.path.hasPrefix("/api/")
      ? Answer.json(["error": ["status": .init(status.code), "message": .init(text)]], status: status)
      : Answer.page(ErrorPage.page(status, text), status: status)
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Basic realm=\"EmoFarm\", charset=\"UTF-8\"" }
    if status == .serviceUnavailable { response.headers[.retryAfter] = "3" }
    return response
  }
}
