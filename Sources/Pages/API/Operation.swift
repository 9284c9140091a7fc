import Admin
import HTTPTypes
import Hummingbird

/// A request that programs may send: what the description of the interface says of it, and its answer.
///
/// Routes and description come from one list, so neither can be without the other.
struct Operation: Sendable {
  enum Method: String, Sendable {
    case get, post

    var request: HTTPRequest.Method { self == .get ? .get : .post }
  }

  /// A value in the path or the query of an address.
  struct Parameter: Sendable {
    enum Place: String, Sendable { case path, query }

    enum Kind: Sendable {
      case number(ClosedRange<Int64>)
      case word([String])
    }

    let name: String
    let place: Place
    let kind: Kind
    let summary: String
  }

  enum Body: Sendable {
    case none
    /// A batch's specification as YAML or JSON.
    case specification
  }

  enum Content: Sendable {
    /// A document with one of the ``Schemas``.
    case json(String)
    case events
    /// Bytes of this type.
    case bytes(String)
  }

  var method = Method.get
  /// Below `/api/v1`, with parameters in braces.
  let path: String
  /// Its name for generated clients.
  let name: String
  let summary: String
  /// What a caller must know beyond the summary.
  var details: String?
  let parameters: [Parameter]
  var body = Body.none
  let answer: Content
  /// The schema of another answer, with the status 200 beside 201 for something new.
  var alternative: String?
  let respond: @Sendable (Request, BasicRequestContext, Query) async throws -> Response

  /// The names that the query may have.
  var query: Set<String> { Set(parameters.filter { $0.place == .query }.map(\.name)) }
}
