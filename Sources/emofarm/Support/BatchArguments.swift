import Admin
import ArgumentParser
import Farm

/// The batches that a command pauses, resumes, cancels or retries.
struct BatchArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("The batches' numbers or keys.", valueName: "batch"))
  var references: [String]

  /// Runs a body for each batch and prints the batch's resulting state.
  func steer(_ farm: FarmSession, _ output: OutputOptions, _ body: (Int64) async throws -> BatchState) async throws {
    var documents: [JSONDocument] = []
    for reference in references {
      let id = try await farm.batches.find(reference)
      let state = try await body(id)
      documents.append(["batch": JSONDocument(id), "state": JSONDocument(state.rawValue)])
      if !output.json { try Console.print("batch \(id) is \(state.rawValue)") }
    }
    if output.json { try Console.print(["batches": .array(documents)] as JSONDocument) }
  }
}
