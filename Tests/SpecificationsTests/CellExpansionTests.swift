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
      #expect(missing?.description.contains("none.txt, which cannot be read (No such file") == true, "\(missing!)")
      #expect(missing?.line == 4)
    }
  }

  @Test func errorsInAFileOfPromptsNameItsLine() async throws {
    try await TestFolder.with { folder in
      let list = "\(folder)/words.txt"
      try Data("\u{FEFF}a house\n\na cat AND a {dog\n".utf8).write(to: URL(filePath: list))
      let file = "\(folder)/batch.yaml"
      let entry = "  - { emotion: awe, prompts_file: words.txt, count: 1"
      #expect(try cells("\(entry) }", file: file)[0].prompts == ["a house", "a cat AND a {dog"])
      let syntax = #expect(throws: BatchSpecError.self) {
        try cells("\(entry), prompt_syntax: a1111 }", file: file)
      }
      #expect(syntax?.description.hasPrefix("\(list):3: the line joins prompts by AND, which is not") == true)
      let braces = #expect(throws: BatchSpecError.self) { try cells("\(entry), wildcards: true }", file: file) }
      #expect(braces?.description == #"\#(list):3: the line has a '{' without '}': write \{ for the character"#)
      try Data(String(repeating: "a", count: 10_001).utf8).write(to: URL(filePath: list))
      let long = #expect(throws: BatchSpecError.self) { try cells("\(entry) }", file: file) }
      #expect(long?.description == "\(list):1: the line has 10001 characters, but at most 10000 are accepted")
    }
  }

  @Test func weightsAreDrawnInProportion() throws {
    let drawn = try cells("  - { text: 'a { 3:: red|blue|0::green|1e0::{x|y}}', count: 5000, wildcards: true }")
    var counts: [String: Int] = [:]
    for cell in drawn { counts[cell.texts[0], default: 0] += cell.count }
    #expect(Set(counts.keys) == ["a  red", "a blue", "a x", "a y"])
    #expect((2850...3150).contains(counts["a  red"] ?? 0), "\(counts)")
    #expect((900...1100).contains(counts["a blue"] ?? 0), "\(counts)")
    // As the draws without weights, these are a part of the format.
    let six = try cells("  - { text: '{3::a|b|2.5::c}', count: 12, wildcards: true }", seed: 0)
    #expect(six.map { "\($0.texts[0])\($0.count)" } == ["c4", "a7", "b1"])
    // Weights of 1 are no weights.
    #expect(
      try cells("  - { text: '{1::a|b|1.0::c|d}', count: 8, wildcards: true }", seed: 0)
        == cells("  - { text: '{a|b|c|d}', count: 8, wildcards: true }", seed: 0))
  }

  @Test func linesAreDrawnFromFilesBesideTheSpecification() async throws {
    try await TestFolder.with { folder in
      func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name).txt"))
      }
      let file = "\(folder)/batch.yaml"
      func drawn(_ text: String, count: Int = 300) throws -> [CellSpec] {
        try cells("  - { text: '\(text)', count: \(count), wildcards: true }", file: file)
      }
      try FileManager.default.createDirectory(atPath: "\(folder)/kinds", withIntermediateDirectories: true)
      try write("# colours\nred\n2::{dark|light} blue\n", "colour")
      try write("__colour__ cat\n__colour__ dog\n", "kinds/animal-1")
      let all = try drawn("a __kinds/animal-1__, __init")
      #expect(
        Set(all.flatMap(\.texts))
          == Set(["red", "dark blue", "light blue"].flatMap { ["a \($0) cat, __init", "a \($0) dog, __init"] }))
      #expect(all == (try drawn("a __kinds/animal-1__, __init")))
      #expect(try drawn(#"\_\_colour__"#).map(\.texts) == [["__colour__"]])

      func refusal(_ text: String) -> String { "\((#expect(throws: BatchSpecError.self) { try drawn(text) })!)" }
      #expect(refusal("__none__").contains(#"cells[0] names the file \#(folder)/none.txt, which cannot be read"#))
      #expect(refusal("__none__").contains(#"write \_ for the character if '__none__' names no file"#))
      #expect(refusal("__*__").contains("cells[0].text names files by '__*__', which is not supported"))
      #expect(refusal("__../x__").contains("names files by '__../x__', which is not supported"))
      try write("a\n\n{b\n", "broken")
      #expect(refusal("__broken__").hasPrefix("\(folder)/broken.txt:3: the line has a '{' without '}'"))
      try write("__two__", "one")
      try write("x __one__", "two")
      #expect(refusal("__one__").contains("draws from files in a circle or more than 16 deep: one, two, one"))
      try write("0::a\n0::b", "zero")
      #expect(refusal("__zero__").contains("zero.txt: all lines have the weight 0"))
      for level in 0..<9 {
        try write(String(repeating: "__level\(level + 1)__", count: 8), "level\(level)")
      }
      try write("\\_", "level9")
      #expect(refusal("__level0__").contains("draws more than 10000 alternatives for one image"))
    }
  }

  @Test func promptSyntaxIsCheckedWhereItIsWritten() throws {
    func refusal(_ entry: String, settings: String = "{}") -> BatchSpecError? {
      #expect(throws: BatchSpecError.self) {
        try BatchSpec(parsing: "name: a\nsettings: \(settings)\ncells:\n\(entry)", named: "b.yaml")
      }
    }
    let list = "  - emotion: awe\n    count: 1\n    prompts:\n      - a cat\n      - (a:1.2.3)\n"
    #expect(
      refusal(list, settings: "{ prompt_syntax: a1111 }")?.description
        == "b.yaml:8: cells[0].prompts[1] has the weight '1.2.3', which is not a number: write it as in (word:1.3)")
    #expect(refusal("\(list)    prompt_syntax: a1111")?.line == 8)
    #expect(refusal("\(list)    grid: { prompt_syntax: [literal, a1111] }")?.line == 8)
    let negative = "  - { text: a, count: 1, negative: 'x AND y', prompt_syntax: a1111 }"
    #expect(refusal(negative)?.description.hasPrefix("b.yaml:4: cells[0].negative joins prompts by AND") == true)
    let shared = "{ prompt_syntax: a1111, negative: 'x AND y' }"
    #expect(
      refusal("  - { text: a, count: 1 }", settings: shared)?.message.hasPrefix("settings.negative joins") == true)
    let drawn = "  - { text: 'a {cat|[dog:pig:3]}', count: 20, wildcards: true, prompt_syntax: a1111 }"
    #expect(refusal(drawn)?.message.hasPrefix("cells[0].text changes during the steps by '[dog:pig:3]'") == true)

    // Flags choose the syntax of a specification that was built from them.
    let cell = CellSpec(emotions: [EmotionSpec(.awe)], prompts: ["a", "a AND b"], count: 1)
    var spec = BatchSpec(name: "a", cells: [cell])
    #expect(try spec.plan(defaults: .official, multiple: 8).images == 2)
    spec.settings.promptSyntax = .a1111
    let late = #expect(throws: BatchSpecError.self) { try spec.plan(defaults: .official, multiple: 8) }
    #expect(late?.message.hasPrefix("cells[0].prompts[1] joins prompts by AND") == true)
  }

  @Test(arguments: [
    ("{ text: '{a|b', count: 1, wildcards: true }", "has a '{' without '}'"),
    ("{ text: 'a}', count: 1, wildcards: true }", "has a '}' without '{'"),
    ("{ text: '\(String(repeating: "{", count: 20))', count: 1, wildcards: true }", "more than 16 deep"),
    ("{ text: '{a|b}', count: 1000000, wildcards: true }", "draws alternatives for 1000000 images"),
    (
      "{ text: '{2$$a|b|c}', count: 1, wildcards: true }",
      "draws several alternatives by '{2$$', which is not supported"
    ),
    ("{ text: '{1-2$$ and $$a|b}', count: 1, wildcards: true }", "draws several alternatives by '{1-2$$'"),
    ("{ text: '{@a|b}', count: 1, wildcards: true }", "chooses a way of drawing by '{@', which is not supported"),
    ("{ text: 'a ${x}', count: 1, wildcards: true }", "has a variable, '${', which is not supported"),
    ("{ text: '{-1::a|b}', count: 1, wildcards: true }", "has the weight '-1::', but a weight is a number from 0"),
    ("{ text: '{1.2.3::a|b}', count: 1, wildcards: true }", "has the weight '1.2.3::'"),
    ("{ text: '{0::a|0::b}', count: 1, wildcards: true }", "has a group whose weights are all 0"),
    ("{ text: '{a|b}', negative: '{c|d}', count: 1, wildcards: true }", "cells[0].negative has alternatives, but only"),
    ("{ text: a, count: 1, grid: {} }", "grid is empty"),
    ("{ text: a, count: 1, strength: 0.5 }", "cells[0].strength requires init"),
    ("{ text: a, count: 1, grid: { strength: [0.5, 1] } }", "cells[0].grid.strength requires init"),
    ("{ text: a, count: 1, lora: 'a:nan' }", "lora: the weight is nan, but must be from -100.0 to 100.0"),
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
    #expect(error?.description.contains("expands to 100800 cells, but a batch has at most 100000") == true)
  }
}
