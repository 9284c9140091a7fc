package import Datasets
package import Farm

extension ExportMarker {
  /// The marker of a folder made from some batches.
  package init(format: String, _ origins: [BatchOrigin]) {
    self.init(of: origins.map { ExportMarker(format: format, $0) })
  }

  /// The marker of a file or folder made from a batch.
  package init(format: String, _ origin: BatchOrigin) {
    self.init(
      format: format, batch: String(origin.batch), key: origin.key ?? "", created: origin.created,
      specSHA256: origin.specSHA256, server: origin.server ?? "", database: origin.database, schema: origin.schema)
  }
}
