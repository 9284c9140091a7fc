import Admin
import Farm
import Files
import HTTPTypes
import Hummingbird

/// What programs may change: batches are enqueued and steered as on the pages, with the same rights.
extension Interface {
  var writes: [Operation] { [enqueueing] + BatchAction.allCases.map(steering) }

  private var enqueueing: Operation {
    Operation(
      method: .post, path: "/batches", name: "enqueueBatch",
      summary: "Enqueues a specification, or says what it would make.",
      details: """
        The body is what `emofarm enqueue` reads (config/batch.schema.json), as YAML or JSON, and must not name files. A \
        specification with a `key` is enqueued once: repeated, it answers with the batch that there is (200 instead of 201), and \
        another specification with the same key is refused (409). With `dry_run` nothing is changed and no token is needed \
        beyond that for reading.
        """ + Self.rights,
      parameters: [
        .init(
          name: "dry_run", place: .query, kind: .word(["true", "false"]),
          summary: "Whether to answer with the number of images and jobs and the estimated time and space instead.")
      ], body: .specification, answer: .json("Enqueued"), alternative: "Plan"
    ) { request, _, query in
      try await enqueue(request, isDry: try query.flag("dry_run"))
    }
  }

  private func steering(_ action: BatchAction) -> Operation {
    Operation(
      method: .post, path: "/batches/{batch}/\(action.rawValue)", name: "\(action.rawValue)Batch",
      summary: action.summary, details: Self.rights, parameters: [Self.batch], answer: .json("BatchCounts")
    ) { request, context, _ in
      try routes.requireActions()
      try routes.rule.checkWrite(request.head)
      let id = try Query.id(context, "batch")
      try await action.perform(id, data.database.batches)
      await data.forget(id)
      await hub.wake(batch: id)
      return Answer.json(BatchSnapshot(try await data.status(id)).json)
    }
  }

  private static let rights = """
     The server must have been started with --allow-actions. It wants its token as a bearer, or behind a proxy the content type \
    application/json or application/yaml: browsers send neither from pages of other sites.
    """

  private func enqueue(_ request: Request, isDry: Bool) async throws -> Response {
    if isDry {
      try AccessRule.refuseOtherSites(request.head)
    } else {
      try routes.requireActions()
      try routes.rule.checkWrite(request.head)
    }
    try AccessRule.requireDocument(request.head)
    let text = try await request.text(atMost: BatchDraft.largest)
    let draft = try await BatchDraft(text, data)
    guard !isDry else { return Answer.json(try await draft.report(data).json) }
    let enqueued = try await draft.enqueue(data, user: routes.rule.user(request.head))
    var response = Answer.json(
      enqueued.document(model: draft.model.name), status: enqueued.created ? .created : .ok)
    response.headers[.location] = "\(Self.root)/batches/\(enqueued.id)"
    return response
  }
}
