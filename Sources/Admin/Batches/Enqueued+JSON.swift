package import Farm

extension Enqueued {
  /// - Parameter model: the batch's; nil for a training.
  package func document(model: String?) -> JSONDocument {
    [
      "batch": JSONDocument(id), "created": JSONDocument(created), "images": JSONDocument(images),
      "jobs": JSONDocument(jobs), "model": JSONDocument(model) { JSONDocument($0) },
    ]
  }
}
