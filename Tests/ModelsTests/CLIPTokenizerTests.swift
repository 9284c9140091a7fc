import Checkpoints
import Files
import Foundation
import Models
import TestSupport
import Testing

struct CLIPTokenizerTests {
  private let shipped = "\(SourceTree.tinyModel)/tokenizer"

  /// Texts and transformers' tokens for them, with one declaration of the special tokens.
  private struct Case: Decodable {
    let name: String
    let config: String
    let map: String?
    let begin: Int
    let end: Int
    let pad: Int
    let length: Int
    let texts: [String]
    let ids: [[Int]]
  }

  private struct Golden: Decodable {
    let text: String
    let ids: [Int]
  }

  @Test func agreesWithTransformersOnTheReferenceTexts() throws {
    let tokenizer = try CLIPTokenizer(folder: shipped)
    let goldens = try goldens()
    #expect(goldens.count == 500)
    #expect(tokenizer.maxLength == 32)
    for golden in goldens {
      let tokens = tokenizer.encode(golden.text).prefix(tokenizer.maxLength - 2)
      #expect(
        [tokenizer.special.begin] + tokens + [tokenizer.special.end] == golden.ids, "\(golden.text.debugDescription)")
    }
  }

  @Test func agreesWithTransformersUnderEveryDeclarationOfSpecialTokens() async throws {
    let cases: [Case] = try ConfigFile.read(from: SourceTree.fixture("models/tokenizer-cases.json"))
    #expect(cases.count == 6)
    for reference in cases {
      try await TestFolder.with { folder in
        try copyVocabulary(to: folder)
        try write(reference.config, "\(folder)/tokenizer_config.json")
        if let map = reference.map { try write(map, "\(folder)/special_tokens_map.json") }
        let tokenizer = try CLIPTokenizer(folder: folder)
        #expect(tokenizer.special.begin == reference.begin, "\(reference.name)")
        #expect(tokenizer.special.end == reference.end, "\(reference.name)")
        #expect(tokenizer.special.pad == reference.pad, "\(reference.name)")
        #expect(tokenizer.maxLength == reference.length, "\(reference.name)")
        #expect(reference.texts.count == reference.ids.count)
        for (text, ids) in zip(reference.texts, reference.ids) {
          #expect(tokenizer.encode(text) == ids, "\(reference.name): \(text.debugDescription)")
        }
      }
    }
  }

  @Test func needsNoConfigurationFiles() async throws {
    try await TestFolder.with { folder in
      try copyVocabulary(to: folder)
      let tokenizer = try CLIPTokenizer(folder: folder)
      let vocabulary: [String: Int] = try ConfigFile.read(from: "\(folder)/vocab.json")
      let (begin, end) = try (#require(vocabulary["<|startoftext|>"]), #require(vocabulary["<|endoftext|>"]))
      #expect(tokenizer.special == SpecialTokenIDs(begin: begin, end: end, pad: end))
      #expect(tokenizer.maxLength == 77)
      let golden = try #require(try goldens().first { $0.text == "amusement" })
      #expect([begin] + tokenizer.encode("amusement") + [end] == golden.ids)
      #expect(tokenizer.encode("").isEmpty)
    }
  }

  @Test func encodesAVeryLongWord() throws {
    let tokenizer = try CLIPTokenizer(folder: shipped)
    #expect(tokenizer.encode(String(repeating: "amusement", count: 20_000)).count > 20_000)
  }

  @Test(arguments: [
    (
      "merges.txt", "#version: 0.2\no f</w>\n\nsingle\n",
      "line 4 'single' does not have two tokens separated by one space"
    ),
    ("merges.txt", "#version: 0.2\no f</w>\na  b\n", "line 3 'a  b' does not have two tokens"),
    ("merges.txt", "o f</w>\nqq q\n", "line 2 'qq q' needs the token 'qq', which vocab.json lacks"),
    ("merges.txt", "o f</w>\nq q\n", "line 2 'q q' needs the token 'qq', which vocab.json lacks"),
    ("merges.txt", "o f</w>\no f</w>\n", "line 2 'o f</w>' repeats an earlier line"),
    ("vocab.json", #"{"a":0,"b":0,"<|endoftext|>":2}"#, "gives the tokens 'a' and 'b' the same id, 0"),
    ("vocab.json", #"{"a":-1}"#, "gives the token 'a' the id -1, which is not between"),
    ("vocab.json", #"{"a":"x"}"#, "the value of 'a' should be an integer"),
    ("vocab.json", #"{"a":0"#, "is not valid JSON"),
    ("vocab.json", #"{"a":0}"#, "lacks the token '<|endoftext|>'"),
    ("tokenizer_config.json", #"{"eos_token":"<end>"}"#, "lacks the token '<end>'"),
    ("tokenizer_config.json", #"{"pad_token":""}"#, "adds a token without characters"),
    ("tokenizer_config.json", #"{"bos_token":7}"#, "the value of 'bos_token' should be"),
    ("tokenizer_config.json", #"{"bos_token":{}}"#, "misses the key 'bos_token.content'"),
    (
      "tokenizer_config.json", #"{"model_max_length":1}"#,
      "model_max_length is 1.0, but must be an integer of at least 2"
    ),
    (
      "tokenizer_config.json", #"{"added_tokens_decoder":{"9":"<cat>"}}"#, "gives the added token '<cat>' the id 9, but"
    ),
  ])
  func theErrorForAMalformedFileNamesTheFileAndThePlace(_ file: String, _ text: String, _ message: String) async throws
  {
    try await TestFolder.with { folder in
      try copyVocabulary(to: folder)
      try write(text, "\(folder)/\(file)")
      let error = try #require(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
      #expect(error.message.contains(message), "\(error)")
      #expect(error.file?.hasPrefix(folder) == true)
    }
  }

  @Test func saysThatAFileIsMissing() async throws {
    try await TestFolder.with { folder in
      try copyVocabulary(to: folder)
      try FileManager.default.removeItem(atPath: "\(folder)/merges.txt")
      let error = try #require(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
      #expect(error.description == "\(folder)/merges.txt: there is no such file")
    }
  }

  private func goldens() throws -> [Golden] {
    try ConfigFile.read(from: SourceTree.fixture("reference/tokenizer.json"))
  }

  private func copyVocabulary(to folder: String) throws {
    for file in ["vocab.json", "merges.txt"] {
      try FileManager.default.copyItem(atPath: "\(shipped)/\(file)", toPath: "\(folder)/\(file)")
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }
}
