import Files
import Foundation
import Specifications
import TestSupport
import Testing
import Vocabulary

struct CellExpansionTests {
  private func cells(_ text: String, file: String = "batch.yaml", seed: Int = 7) throws -> [CellSpec] {
    try BatchSpec(parsing: "name: a\nseed: \(seed)\ncells:\n\(text)", named: file).cells
  }

  @Test func bracesAreTextUnlessWildcardsAreAskedFor() throws {
    #expect(try cells("  - { text: '{a|b}', count: 3 }")[0].texts == ["{a|b}"])
    #expect(try cells("  - { text: '{a|b}', count: 3, wildcards: false }")[0].texts == ["{a|b}"])
  }

  @Test func alternativesAreDrawnForEachImageFromTheSeed() throws {
    let text = "  - { emotions: [awe, fear], prompt: 'a {red|{dark |}blue} house', count: 200, wildcards: true }"
    let drawn = try cells(text)
    #expect(drawn == (try cells(text)))
    #expect(drawn != (try cells(text, seed: 8)))
    for emotion in ["awe", "fear"] {
      let own = drawn.filter { $0.emotions.map(\.description) == [emotion] }
      #expect(own.map(\.count).reduce(0, +) == 200)
      #expect(Set(own.flatMap(\.prompts)) == ["a red house", "a dark blue house", "a blue house"])
      let red = own.first { $0.prompts == ["a red house"] }?.count ?? 0
      #expect((70...130).contains(red))
    }
    // The draws are a part of the format: the same specification gives the same images for ever.
    let four = try cells("  - { text: '{a|b|c|d}', count: 8, wildcards: true }", seed: 0)
    #expect(four.map { "\($0.texts[0])\($0.count)" } == ["d4", "a1", "b2", "c1"])
    // The stored form is plain.
    let spec = try BatchSpec(parsing: "name: a\ncells:\n\(text)", named: "a")
    #expect(try BatchSpec(parsing: spec.json, named: "b") == spec)
  }

  @Test func escapedBracesAreCharacters() throws {
    let drawn = try cells(#"  - { text: '\{a\|{b\}|b\}}, c|d', count: 2, wildcards: true }"#)
    #expect(drawn.map(\.texts) == [["{a|b}, c|d"]])
    #expect(drawn[0].count == 2)
  }

  @Test func aGridIsEveryCombination() throws {
    let grid = try cells(
      "  - { text: a, count: 2, sampler: ddim, grid: { guidance: [3, 7.5], steps: [10, 20] } }")
    #expect(grid.count == 4)
    #expect(grid.map(\.settings.steps) == [10, 10, 20, 20])
    #expect(grid.map(\.settings.guidance) == [3, 7.5, 3, 7.5])
    #expect(grid.allSatisfy { $0.settings.sampler == .ddim && $0.count == 2 })
    let plan = try BatchSpec(
      parsing: "name: a\ncells: [{ text: '{x|y}', wildcards: true, count: 5, grid: { steps: [1, 2] } }]", named: "a"
    ).plan(defaults: .official, multiple: 8)
    #expect(plan.images == 10)
  }

  @Test func promptsComeFromAFileBesideTheSpecification() async throws {
    try await TestFolder.with { folder in
      try Data("# prompts\r\n a house \n\n{a|b}\n".utf8).write(to: URL(filePath: "\(folder)/words.txt"))
      let file = "\(folder)/batch.yaml"
      #expect(
        try cells("  - { emotion: awe, prompts_file: words.txt, count: 1 }", file: file)[0].prompts
          == ["a house", "{a|b}"])
      #expect(
        try cells("  - { texts_file: \(folder)/words.txt, count: 1 }", file: file)[0].texts == ["a house", "{a|b}"])
      let missing = #expect(throws: BatchSpecError.self) {
        try cells("  - { texts_file: none.txt, count: 1 }", file: file)
      }
      #expect(missing?.description.contains("none.txt, which is missing or cannot be read") == true)
      #expect(missing?.line == 4)
    }
  }

  @Test(arguments: [
    ("{ text: '{a|b', count: 1, wildcards: true }", "has a '{' without '}'"),
    ("{ text: 'a}', count: 1, wildcards: true }", "has a '}' without '{'"),
    ("{ text: '\(String(repeating: "{", count: 20))', count: 1, wildcards: true }", "more than 16 deep"),
    ("{ text: '{a|b}', count: 1000000, wildcards: true }", "draws alternatives for 1000000 images"),
    ("{ text: a, count: 1, grid: { steps: [0] } }", "steps"),
    ("{ text: a, count: 1, grid: { steps: 5 } }", "must be a list of values"),
    ("{ text: a, count: 1, grid: { stepz: [5] } }", "stepz"),
    ("{ text: a, count: 1, steps: 5, grid: { steps: [5] } }", "stands in the entry as well"),
    ("{ text: a, texts_file: b.txt, count: 1 }", "use one of them"),
  ])
  func faultsNameTheLine(_ cell: String, _ message: String) {
    let error = #expect(throws: BatchSpecError.self) { try cells("  - \(cell)") }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.line == 4)
  }

  @Test func aGridIsBounded() {
    let list = (1...60).map(String.init).joined(separator: ", ")
    let skips = (1...28).map(String.init).joined(separator: ", ")
    let grid = "steps: [\(list)], guidance: [\(list)], clip_skip: [\(skips)]"
    let error = #expect(throws: BatchSpecError.self) { try cells("  - { text: a, count: 1, grid: { \(grid) } }") }
    #expect(error?.description.contains("expands to more than 100000 cells") == true)
  }
}
