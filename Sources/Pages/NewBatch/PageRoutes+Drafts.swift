import Admin
import Farm
import Files
import Foundation
import HTTPTypes
import Hummingbird
import Vocabulary

/// The page of a new batch: without scripts it is a form that comes back with what was written and its verdict.
extension PageRoutes {
  func addDrafts(to router: Router<BasicRequestContext>) {
    router.get("/batches/new") { request, _ in
      _ = try Query(request, known: [])
      return try await page(BatchFields(), text: "", verdict: .empty)
    }
    router.post("/batches/new") { request, _ in try await draft(request) }
    router.post("/batches/new/check") { request, _ in
      let form = try await form(of: request)
      return Answer.page(await verdict(form["text"] ?? ""))
    }
  }

  private func form(of request: Request) async throws -> FormFields {
    // A character may take nine in a form.
    let form = try FormFields(try await request.text(atMost: BatchDraft.largest * 4))
    try secret.check(form["csrf"], request.head)
    return form
  }

  private func draft(_ request: Request) async throws -> Response {
    let form = try await form(of: request)
    switch form["step"] {
    case "write":
      let fields = BatchFields(form)
      let text = fields.specification
      return try await page(fields, text: text, verdict: await verdict(text))
    case "enqueue":
      try requireActions()
      let text = form["text"] ?? ""
      let draft: BatchDraft
      do {
        draft = try await BatchDraft(text, data)
      } catch {
        return try await page(BatchFields(), text: text, verdict: NewBatchPage.verdict(error))
      }
      let enqueued = try await draft.enqueue(data, user: rule.user(request.head))
      return Answer.redirect(to: "/batches/\(enqueued.id)")
    default:
      let text = form["text"] ?? ""
      return try await page(BatchFields(), text: text, verdict: await verdict(text))
    }
  }

  private func verdict(_ text: String) async -> HTML {
    do {
      let draft = try await BatchDraft(text, data)
      return NewBatchPage.verdict(try await draft.report(data).lines)
    } catch {
      return NewBatchPage.verdict(error)
    }
  }

  private func page(_ fields: BatchFields, text: String, verdict: HTML) async throws -> Response {
    var fields = fields
    let models = try await data.database.models.list().map(\.name)
    if fields.model.isEmpty { fields.model = models.contains(data.place.model) ? data.place.model : models.first ?? "" }
    return Answer.page(
      NewBatchPage(
        fields: fields, models: models, text: text, verdict: verdict, secret: secret, allowsActions: allowsActions
      ).page)
  }
}
