import Checkpoints
import Files
import Foundation
import Models
import TestSupport
import Testing

/// Damaged tokenizers end in tokens or in one message.
struct TokenizerFuzzTests {
  private struct Case: Decodable { let files: [String: String] }

  /// A `tokenizer.json` as transformers 5 writes it, without vocabulary and merges.
  private func serialised() throws -> String {
    let cases: [Case] = try ConfigFile.read(from: SourceTree.fixture("models/tokenizer-forms.json"))
    return try #require(cases.lazy.compactMap { $0.files["tokenizer.json"] }.first).replacing(": ", with: ":")
      .replacing(", ", with: ",")
  }

  @Test(arguments: ["tokenizer.json", "tokenizer_config.json", "added_tokens.json", "vocab.json", "merges.txt"])
  func everyFile(_ name: String) async throws {
    let vocabulary = #"{"a":0,"a</w>":1,"aa</w>":2,"<|startoftext|>":696,"<|endoftext|>":697}"#
    let seeds = [
      "tokenizer.json": try [#"[["a","a</w>"]]"#, #"["a a</w>"]"#].map { merges in
        try serialised().replacing(#/"vocab": ?\{\}/#, with: "\"vocab\":\(vocabulary)")
          .replacing(#/"merges": ?\[\]/#, with: "\"merges\":\(merges)")
      },
      "tokenizer_config.json": [
        #"{"model_max_length":32,"pad_token":{"content":"<p>","lstrip":true},"extra_special_tokens":["<x>"]}"#
      ],
      "added_tokens.json": [#"{"<cat>":698,"<dog>":699}"#], "vocab.json": [vocabulary],
      "merges.txt": ["#version: 0.2\na a</w>\n"],
    ]
    try await TestFolder.with { folder in
      try Data(vocabulary.utf8).write(to: URL(filePath: "\(folder)/vocab.json"))
      try Data("a a</w>\n".utf8).write(to: URL(filePath: "\(folder)/merges.txt"))
      let outcome = try Fuzzing.run(
        try #require(seeds[name]).map { Array($0.utf8) }, name: name, folder: folder, throwing: CheckpointError.self
      ) { _ in
        do {
          _ = try CLIPTokenizer(folder: folder).encode("a <cat> <x> ")
        } catch let error as CheckpointError {
          #expect(error.file?.hasPrefix(folder) == true)
          throw error
        }
      }
      #expect(outcome.read > 0 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
    }
  }
}
