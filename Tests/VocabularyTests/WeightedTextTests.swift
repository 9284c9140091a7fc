import Foundation
import TestSupport
import Testing
import Vocabulary

struct WeightedTextTests {
  private struct Reference: Decodable {
    struct Prompt: Decodable {
      let text: String
      let parts: [Part?]
    }
    struct Part: Decodable {
      let text: String
      let weight: Double
    }
    let syntax: [Prompt]
  }

  /// `Tests/Fixtures/models/make_prompts.py`.
  @Test func weighsWordsByTheWebUIsRules() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/models/prompts.json")
    let prompts = try JSONDecoder().decode(Reference.self, from: try Data(contentsOf: file)).syntax
    #expect(prompts.count == 400)
    for prompt in prompts {
      let parts = try WeightedText(parsing: prompt.text).parts
      #expect(parts.count == prompt.parts.count, "\(prompt.text.debugDescription)")
      for (part, expected) in zip(parts, prompt.parts) {
        switch part {
        case .chunkBreak: #expect(expected == nil, "\(prompt.text.debugDescription)")
        case .text(let text, let weight):
          #expect(text == expected?.text, "\(prompt.text.debugDescription)")
          #expect(abs(weight - (expected?.weight ?? .nan)) < 1e-12, "\(prompt.text.debugDescription)")
        }
      }
    }
  }

  @Test(arguments: [
    ("a [cat:dog:0.5]", "prompt changes during the steps by '[cat:dog:0.5]', which is not supported"),
    ("[cat: 10 ]", "prompt changes during the steps by '[cat: 10 ]'"),
    ("[(big:1.2) cat::.3]", "prompt changes during the steps by"),
    ("[cat|dog]", "prompt alternates words by '[cat|dog]'"),
    ("cat AND dog", "prompt joins prompts by AND"),
    ("cat <lora:detail:0.7>", "prompt names a file by <lora:…>, which is not supported: use --lora FILE:WEIGHT"),
    ("(cat:1.2.3)", "prompt has the weight '1.2.3', which is not a number"),
    ("(cat:101)", "prompt gives 'cat' the weight 101.0, but weights must be between -100 and 100"),
    (String(repeating: "(", count: 60) + "cat", "prompt gives 'cat' the weight"),
  ])
  func whatMeansMoreThanWeightsIsRefused(_ text: String, _ message: String) {
    let error = #expect(throws: SettingError.self) { try WeightedText(parsing: text) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: [#"\[a|b\]"#, "a|b", "(a|b)", "[a:b]", "SAND LANDS", "a < b", #"\[a:b:0.5\]"#])
  func whatLooksSimilarIsText(_ text: String) throws {
    _ = try WeightedText(parsing: text)
  }

  /// Random texts are read or refused, and no character outside the syntax is lost.
  @Test func anyTextIsReadOrRefused() throws {
    let pieces = [
      "(", ")", "[", "]", ":", "|", "\\", "BREAK", "AND", "<lora:", "1.5", "-", ".", "9999999", " ", "\n", "x", "é",
      "👩‍👧", "\u{0}", "e\u{301}",
    ]
    // Each byte of an input stands for a piece.
    let seeds = [Array(0..<UInt8(pieces.count)), Array("(x:1.5)[x](((x".utf8)]
    let outcome = try Fuzzing.run(seeds, throwing: SettingError.self) { bytes in
      let text = bytes.prefix(64).map { pieces[Int($0) % pieces.count] }.joined()
      let parts = try WeightedText(parsing: text).parts
      let words = parts.map { if case .text(let words, _) = $0 { words } else { "BREAK" } }.joined()
      #expect(words.count { $0 == "x" } == text.count { $0 == "x" })
      #expect(!parts.isEmpty)
    }
    #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 50, "\(outcome)")
  }

  /// Damaged prompts as bytes, which are mostly no UTF-8 and mostly plain text.
  @Test func damagedPromptsAreReadOrRefused() throws {
    let seeds = [
      "a (red:1.3) house, [dark] sky BREAK \\(literal\\) (((deep)))", "(a, (b:0.5), [c:1.1]) d", "((a):-2) b:3",
      "[cat:dog:0.5], [a|b], x AND y, <lora:z:1>",
    ].map { Array($0.utf8) }
    let outcome = try Fuzzing.run(seeds, throwing: SettingError.self) { bytes in
      let parts = try WeightedText(parsing: String(decoding: bytes, as: UTF8.self)).parts
      for case .text(_, let weight) in parts where !(abs(weight) <= 100) { Issue.record("the weight \(weight)") }
    }
    #expect(outcome.read > Fuzzing.inputs / 4 && outcome.refused > Fuzzing.inputs / 50, "\(outcome)")
  }
}
