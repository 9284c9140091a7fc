import Files
import Postgres
import Specifications
package import Vocabulary

/// The models that batches can name.
package struct ModelRegistry: Sendable {
  let pool: PostgresPool

  /// Registers a model folder under its name. An identical registration is left as it is.
  ///
  /// - Parameter replacing: replace the folder, files and defaults of an existing registration. Batches enqueued
  ///   earlier keep the digest they were enqueued with, so their jobs fail rather than mix two models.
  /// - Throws: ``FarmError`` (`modelChanged`) if the name is registered with other files or settings and `replacing` is
  ///   false.
  @discardableResult
  package func register(_ model: ModelDescription, replacing: Bool = false) async throws -> RegisteredModel {
    try await pool.transaction(retries: 3) { connection in
      let isNew = try await connection.query(ModelSQL.insert(model)).affectedRows > 0
      let known = try RegisteredModel(try await connection.query(ModelSQL.lock(model.name)).only())
      let isSame = known.registration == model
      if !isNew && !isSame {
        guard replacing else {
          // Other weights of the same folder are not a change of it.
          if known.variant == model.variant { try known.check(model) }
          throw FarmError(
            .modelChanged,
            "'\(model.name)' is already registered with another folder, another variant or other defaults (\(known.folder)): choose "
              + "another name, or replace it with `emofarm models add --replace`")
        }
        try await connection.query(ModelSQL.update(model))
      }
      if isNew || !isSame {
        try await connection.query(
          EventSQL.append(.info, "model.registered", detail: ["name": model.name, "digest": model.digest]))
      }
      return try RegisteredModel(try await connection.query(ModelSQL.find(model.name)).only())
    }
  }

  /// - Throws: ``FarmError`` (`notFound`) that suggests the registered model with the most similar name.
  package func find(_ name: String) async throws -> RegisteredModel {
    let rows = try await pool.withConnection { try await $0.query(ModelSQL.find(name)) }
    if let row = rows.first { return try RegisteredModel(row) }
    let names = try await list().map(\.name)
    let help =
      NearestName.of(name, among: names).map { "did you mean '\($0)'?" }
      ?? (names.isEmpty ? "register one with `emofarm models add`" : "registered are \(names.joined(separator: ", "))")
    throw FarmError(.notFound, "there is no model '\(name)': \(help)")
  }

  /// Removes a registration. The model's folder, and its files in the store until a collection, stay.
  ///
  /// - Throws: ``FarmError``: `notFound`; `refused` if a batch is of the model.
  package func remove(_ name: String) async throws -> RegisteredModel {
    let model = try await find(name)
    try await pool.transaction(retries: 3) { connection in
      let batches = try await connection.query(ModelSQL.batches(model.id)).map { try $0.int64("id") }
      guard batches.isEmpty else {
        throw FarmError(
          .refused,
          "batches of the model '\(name)' are in the farm (the latest: \(batches.map(String.init).joined(separator: ", "))): "
            + "their images are rendered again and verified with it. Remove them with `emofarm delete` first")
      }
      try await connection.query(ModelSQL.delete(model.id))
      try await connection.query(
        EventSQL.append(.info, "model.removed", detail: ["name": name, "digest": model.digest]))
    }
    return model
  }

  package func list() async throws -> [RegisteredModel] {
    try await pool.withConnection { try await $0.query(ModelSQL.list).map { try RegisteredModel($0) } }
  }
}
