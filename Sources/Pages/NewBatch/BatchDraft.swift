import Admin
import Farm
import Files
import Specifications
import Vocabulary

/// A specification that somebody writes in a browser, with what it would make.
struct BatchDraft: Sendable {
  let plan: BatchPlan
  let model: RegisteredModel

  /// A longer specification is enqueued from a file.
  static let largest = 256 << 10

  /// Reads a specification.
  ///
  /// It cannot name files: they would be those of this server's machine, which whoever looks at its pages need not be able
  /// to read.
  /// - Throws: `BatchSpecError` with the line, ``PageError``, `FarmError` for an unknown model.
  init(_ text: String, _ data: PageData) async throws {
    let spec = try BatchSpec(parsing: text, named: "the specification", readsFiles: false)
    try spec.check()
    guard spec.training == nil else {
      throw PageError(.badRequest, "a training names folders of the machine that runs it: use emofarm enqueue")
    }
    model = try await data.database.models.find(spec.model ?? data.place.model)
    plan = try spec.plan(defaults: model.defaults, multiple: model.multiple)
    guard BatchInputs(plan).files.isEmpty else {
      throw PageError(
        .badRequest,
        "the specification names files (a LoRA, an embedding, a VAE or a picture): use emofarm enqueue on the machine that has them"
      )
    }
  }

  /// - Parameter user: whose batch it is; nil for the database role.
  func enqueue(_ data: PageData, user: String?) async throws -> Enqueued {
    if let user { try SettingError.check(text: user, "the user", limit: Limits.nameLength, empty: false) }
    return try await data.database.batches.enqueue(plan, model: model, user: user)
  }

  /// What the batch would cost.
  func report(_ data: PageData) async throws -> PlanReport {
    let estimate = try await PlanEstimate.load(plan, model: model.registration, from: data.database)
    let view = try await data.farm()
    return PlanReport(
      plan, model: model.name, estimate: estimate, workers: view.workers.count, freeBytes: view.freeBytes)
  }
}
