import Files
package import Foundation
import Postgres
package import Vocabulary

/// A registered model.
package struct RegisteredModel: Hashable, Sendable {
  package let id: Int64
  package let registration: ModelDescription
  package let registered: Date

  package var name: String { registration.name }
  package var folder: String { registration.folder }
  package var variant: String? { registration.variant }
  package var digest: String { registration.digest }
  package var multiple: Int { registration.multiple }
  package var defaults: RenderSettings { registration.defaults }

  init(id: Int64, registration: ModelDescription, registered: Date) {
    self.id = id
    self.registration = registration
    self.registered = registered
  }

  init(_ row: PostgresRow) throws {
    id = try row.int64("id")
    registered = try row.date("registered_at")
    registration = ModelDescription(
      name: try row.string("name"), folder: try row.string("folder"),
      variant: try row.optionalString("variant"), digest: try row.string("digest"),
      multiple: try row.int("multiple"), files: try JSONColumn.decode([ModelFile].self, row, "files"),
      defaults: try JSONColumn.decode(RenderSettings.self, row, "defaults"))
  }

  /// Checks that a model folder is unchanged since it was registered.
  ///
  /// - Parameter now: the current description of the folder, from `ModelFolder.describe`.
  /// - Throws: ``FarmError`` (`modelChanged`) naming the files.
  package func check(_ now: ModelDescription) throws(FarmError) {
    guard now.digest != digest else { return }
    let files = registration.differences(from: now).joined(separator: ", ")
    throw FarmError(
      .modelChanged,
      "the model folder \(folder) changed since '\(name)' was registered: \(files). Restore the files, or register it "
        + "again with `emofarm models add --replace`")
  }
}
