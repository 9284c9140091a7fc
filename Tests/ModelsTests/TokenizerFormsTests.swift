import Checkpoints
import Crypto
import Files
import Foundation
import Models
import TestSupport
import Testing

/// Every form in which tokenizers are stored, compared with transformers.
struct TokenizerFormsTests {
  private let shipped = "\(SourceTree.tinyModel)/tokenizer"

  private struct Case: Decodable {
    let name: String
    let files: [String: String]
    let begin: Int
    let end: Int
    let pad: Int
    let length: Int
    let texts: [String]
    let ids: [[Int]]
  }

  /// `Tests/Fixtures/models/make_tokenizer_forms.py`. Merges stand in `tokenizer.json` as pairs or as strings.
  @Test(arguments: [true, false]) func agreesWithTransformersInEveryForm(pairs: Bool) async throws {
    let cases: [Case] = try ConfigFile.read(from: SourceTree.fixture("models/tokenizer-forms.json"))
    #expect(cases.count == 13)
    for reference in cases {
      try await TestFolder.with { folder in
        try write(reference.files, to: folder, pairs: pairs)
        let tokenizer = try CLIPTokenizer(folder: folder)
        #expect(
          tokenizer.special == SpecialTokenIDs(begin: reference.begin, end: reference.end, pad: reference.pad),
          "\(reference.name)")
        #expect(tokenizer.maxLength == reference.length, "\(reference.name)")
        #expect(reference.texts.count == reference.ids.count)
        for (text, ids) in zip(reference.texts, reference.ids) {
          #expect(tokenizer.encode(text) == ids, "\(reference.name): \(text.debugDescription)")
        }
        #expect(
          Set(TokenizerFiles.names(in: folder)) == Set(try FileManager.default.contentsOfDirectory(atPath: folder)))
      }
    }
  }

  @Test func tokenizerJSONCountsBesideAnOldVocabulary() async throws {
    try await TestFolder.with { folder in
      try write(["tokenizer.json": try serialised()], to: folder, pairs: true)
      try Data("{}".utf8).write(to: URL(filePath: "\(folder)/vocab.json"))
      #expect(
        try CLIPTokenizer(folder: folder).encode("amusement") == CLIPTokenizer(folder: shipped).encode("amusement"))
      #expect(TokenizerFiles.names(in: folder) == ["tokenizer.json"])
    }
  }

  @Test(arguments: [
    (#""type":"BPE""#, #""type":"Unigram""#, "key 'model.type' is 'Unigram', but CLIP's tokenizer has 'BPE'"),
    (#""dropout":null"#, #""dropout":0.1"#, "key 'model.dropout' is 0.1"),
    (#""end_of_word_suffix":"</w>""#, #""end_of_word_suffix":null"#, "key 'model.end_of_word_suffix' is null"),
    (#""fuse_unk":false"#, #""fuse_unk":true"#, "key 'model.fuse_unk' is true"),
    (#"{"type":"NFC"}"#, #"{"type":"NFKC"}"#, "key 'normalizer' is {normalizers: [{type: 'NFKC'}"),
    (#"[\\p{N}]"#, #"[\\p{N}]+"#, "key 'pre_tokenizer' is {"),
    (#""RobertaProcessing""#, #""BertProcessing""#, "key 'post_processor.type' is 'BertProcessing'"),
    (#""sep":["<|endoftext|>""#, #""sep":["</s>""#, "key 'post_processor.sep' is ['</s>', "),
    (#""truncation":null"#, #""truncation":{"direction":"Left"}"#, "key 'truncation.direction' is 'Left'"),
    (#""padding":null"#, #""padding":{"direction":"Left"}"#, "key 'padding.direction' is 'Left'"),
  ])
  func anotherTokenizerIsRefusedByTheKey(_ mine: String, _ other: String, _ message: String) async throws {
    try await TestFolder.with { folder in
      let text = try serialised()
      #expect(text.contains(mine))
      try write(["tokenizer.json": text.replacing(mine, with: other)], to: folder, pairs: true)
      let error = try #require(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
      #expect(error.message.contains(message), "\(error)")
      #expect(error.file == "\(folder)/tokenizer.json")
    }
  }

  @Test(arguments: [
    ("tokenizer_config.json", #"{"unknown":[1,{"a":null}]}"#, "key 'unknown' is [1, {a: null}]"),
    ("tokenizer_config.json", #"{"tokenizer_class":"T5Tokenizer"}"#, "tokenizer_class must be 'CLIPTokenizer'"),
    ("tokenizer_config.json", #"{"padding_side":"left"}"#, "key 'padding_side' is 'left'"),
    ("tokenizer_config.json", #"{"do_lower_case":false}"#, "key 'do_lower_case' is false"),
    ("tokenizer_config.json", #"{"pad_token":null}"#, "key 'pad_token' is null"),
    ("tokenizer_config.json", #"{"added_tokens_decoder":{"x":"<a>"}}"#, "'x' is not an id"),
    ("tokenizer_config.json", #"{"added_tokens_decoder":{"900000":"<a>"}}"#, "the added token '<a>' the id 900000"),
    ("added_tokens.json", #"{"<a>":900000}"#, "the added token '<a>' the id 900000"),
    ("added_tokens.json", #"{"<a>":900000,"<b>":900000}"#, "gives the tokens '<a>' and '<b>' the same id"),
    ("added_tokens.json", #"{"":900000}"#, "adds a token without characters"),
    ("special_tokens_map.json", #"{"bos_token":"<none>"}"#, "lacks the token '<none>'"),
  ])
  func aFileThatIsNotUnderstoodIsRefusedByName(_ file: String, _ text: String, _ message: String) async throws {
    try await TestFolder.with { folder in
      try write([file: text], to: folder, pairs: true)
      let error = try #require(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
      #expect(error.message.contains(message), "\(error)")
      #expect(error.file?.hasPrefix(folder) == true)
    }
  }

  /// The digest is that of CLIP's published `vocab.json`, its tokens in the order of their ids, each with a newline.
  @Test func theProgramHasCLIPsVocabulary() throws {
    let tokenizer = try CLIPTokenizer(TokenizerFiles.clip(pad: "!"))
    #expect(tokenizer.special == SpecialTokenIDs(begin: 49406, end: 49407, pad: 0))
    #expect(tokenizer.maxLength == 77)
    #expect(
      tokenizer.encode("a photo of an astronaut riding a horse") == [320, 1125, 539, 550, 18376, 6765, 320, 4558])
    let contents = try TokenizerFiles.clip(pad: "!").contents
    #expect(contents.count == 49408)
    let digest = SHA256.hash(data: Data(contents.map { "\($0)\n" }.joined().utf8))
    #expect(
      digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        == "e30e57b6f1e47616982ef898d8922be24e535b4fa3d0110477b3a6f02ebbae7d")
  }

  @Test func addedTokensFollowTheVocabulary() throws {
    let tokenizer = try CLIPTokenizer(TokenizerFiles.clip(pad: "<|endoftext|>"))
    let (added, ids) = try tokenizer.adding("<Cat>", vectors: 2, from: "cat.pt")
    #expect(ids == 49408..<49410)
    #expect(added.encode("a <cat> dog <cat>_1") == [320, 49408, 49409, 1929, 49409])
    #expect(added.text(of: added.encode("A naïve <cat> 日本!")) == "a naïve <Cat> <Cat>_1 日本 !")
    #expect(added.encodeLiterally("<Cat> <cat>") == ([49408, 49409, 49408], ["<Cat>"]))
    #expect(added.encodeLiterally("a <Cat><Cat>") == ([320, 49408, 49409, 49408, 49409], []))
    #expect(added.encodeLiterally("<cat>_1 dog") == ([49409, 1929], []))
    let error = #expect(throws: CheckpointError.self) { try added.adding("<Cat>", vectors: 1, from: "cat.pt") }
    #expect(
      error?.description
        == "cat.pt: adds the token '<Cat>', which the tokenizer already has: name another one, as in FILE:TOKEN")
  }

  /// The fixture's `tokenizer.json`, still without vocabulary and merges.
  private func serialised() throws -> String {
    let cases: [Case] = try ConfigFile.read(from: SourceTree.fixture("models/tokenizer-forms.json"))
    return try #require(cases.lazy.compactMap { $0.files["tokenizer.json"] }.first).replacing(": ", with: ":")
      .replacing(", ", with: ",")
  }

  /// Writes files beside the shipped vocabulary; a `tokenizer.json` among them receives the vocabulary instead.
  private func write(_ files: [String: String], to folder: String, pairs: Bool) throws {
    for (file, text) in files {
      try Data(try file == "tokenizer.json" ? filled(text, pairs: pairs).utf8 : text.utf8)
        .write(to: URL(filePath: "\(folder)/\(file)"))
    }
    guard files["tokenizer.json"] == nil else { return }
    for file in ["vocab.json", "merges.txt"] {
      try FileManager.default.copyItem(atPath: "\(shipped)/\(file)", toPath: "\(folder)/\(file)")
    }
  }

  private func filled(_ text: String, pairs: Bool) throws -> String {
    let merges = try String(contentsOfFile: "\(shipped)/merges.txt", encoding: .utf8).split(separator: "\n").dropFirst()
    let list: [Any] = pairs ? merges.map { $0.split(separator: " ").map(String.init) } : merges.map(String.init)
    let vocabulary = try String(contentsOfFile: "\(shipped)/vocab.json", encoding: .utf8)
    let written = String(decoding: try JSONSerialization.data(withJSONObject: list), as: UTF8.self)
    return text.replacing(#/"vocab": ?\{\}/#, with: "\"vocab\":\(vocabulary)")
      .replacing(#/"merges": ?\[\]/#, with: "\"merges\":\(written)")
  }
}
