import Foundation
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
}
