import TestSupport
import Testing
import Vocabulary

/// Prompts in the web UIs' syntax, random and damaged, are read or end in one message.
struct PromptFuzzTests {
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
