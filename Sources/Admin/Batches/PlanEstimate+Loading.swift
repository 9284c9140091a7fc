import EmoGen
package import Farm
package import Specifications
package import Vocabulary

extension PlanEstimate {
  /// Estimates a plan's cost from recent images of the same model.
  package static func load(
    _ plan: BatchPlan, model: ModelDescription, from database: FarmDatabase
  ) async throws -> PlanEstimate {
    var samples: [Sample] = []
    for batch in try await database.batches.list(limit: 20)
    where batch.model == model.name && batch.imagesDone > 0 && samples.count < 64 {
      samples += try await database.images.page(batch.id, limit: 64)
        .map { Sample(settings: $0.settings, seconds: $0.seconds, bytes: $0.bytes) }
    }
    // The model may lie on the workers' machines only.
    return PlanEstimate(
      plan.cells.map { ($0.settings, $0.count) }, samples: samples,
      model: try? ModelFolder(model.folder, variant: model.variant))
  }
}
