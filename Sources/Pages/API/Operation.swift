import Admin
import Hummingbird

/// A request that programs may send: what the description of the interface says of it, and its answer.
///
/// Routes and description come from one list, so neither can be without the other.
struct Operation: Sendable {
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

  /// Below `/api/v1`, with parameters in braces.
  let path: String
  /// Its name for generated clients.
  let name: String
  let summary: String
  let parameters: [Parameter]
  /// The schema of the answer, one of ``Schemas``; nil for a stream of events.
  let answer: String?
  let respond: @Sendable (Request, BasicRequestContext, Query) async throws -> Response

  /// The names that the query may have.
  var query: Set<String> { Set(parameters.filter { $0.place == .query }.map(\.name)) }
}
