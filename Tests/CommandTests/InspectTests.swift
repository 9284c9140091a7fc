import Foundation
import TestSupport
import Testing

@Suite struct InspectTests {
  /// Rendered by `emofarm render --emotion awe`.
  private static let image = "Tests/Fixtures/commands/awe.png"

  private func run(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.emofarm.run(arguments, folder: SourceTree.root.path)
  }

  @Test func inspectPrintsHowAnImageWasMade() async throws {
    let outcome = try await run("inspect", Self.image)
    #expect(outcome.status == 0)
    try GoldenText.expect(outcome.output, "inspect.txt")
  }

  @Test func inspectPrintsJSON() async throws {
    let outcome = try await run("inspect", Self.image, "--json")
    #expect(outcome.status == 0)
    try GoldenText.expect(GoldenText.normalised(outcome.output), "inspect.json")
  }

  @Test func verifyAcceptsAnIntactFile() async throws {
    let outcome = try await run("verify", Self.image)
    #expect(outcome.status == 0)
    #expect(outcome.output == "\(Self.image): intact, 64x64, seed 0\n")
  }

  @Test func verifyRefusesAFileWithOneWrongByte() async throws {
    try await TestFolder.with { folder in
      var bytes = try Data(contentsOf: SourceTree.root.appending(path: Self.image))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: "\(folder)/bad.png"))
      let outcome = try await run("verify", "\(folder)/bad.png")
      #expect(outcome.status == 1)
      #expect(outcome.error.hasPrefix("emofarm: \(folder)/bad.png"), "\(outcome.error)")
    }
  }
}
