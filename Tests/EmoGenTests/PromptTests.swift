import Checkpoints
import EmoGen
import Engine
import Files
import TestSupport
import Testing
import Vocabulary

/// Contexts of the shipped model for prompts in every syntax: `Tests/Fixtures/models/make_prompts.py`.
struct PromptTests {
  private static let pipeline = Result {
    try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: Compute(threads: 2))
  }

  private struct Reference: Decodable {
    let texts: [String: String]
    let chunks: [String: [[Int]]]
  }

  private func reference() throws -> Reference { try ConfigFile.read(from: SourceTree.fixture("models/prompts.json")) }

  private func request(
    _ text: String, _ change: (inout RenderSettings) -> Void = { _ in }, emotion: String? = nil
  ) throws -> RenderRequest {
    var settings = RenderSettings(width: 64, height: 64, steps: 1, sampler: .ddim, guidance: 4)
    change(&settings)
    return RenderRequest(
      subject: try emotion.map { .emotion(try EmotionSpec(parsing: $0), prompt: text) } ?? .text(text),
      settings: settings, seeds: [3])
  }

  private func traced(_ request: RenderRequest) throws -> [String: Tensor] {
    let trace = RenderTrace()
    try Self.pipeline.get().render(request, trace: trace, onProgress: { _ in }, onImage: { _ in })
    return Dictionary(uniqueKeysWithValues: trace.tensors.map { ($0.name, $0.tensor) })
  }

  /// The fixture holds each sixteenth channel.
  private func expect(_ tensor: Tensor?, agreesWith name: String) throws {
    let tensor = try #require(tensor)
    let expected = try #require(try golden("models/prompts.safetensors")[name])
    #expect(tensor.shape == [1, expected.shape[1], tensor.channels])
    let values = stride(from: 0, to: tensor.values.count, by: 16).map { tensor.values[$0] }
    let comparison = Comparison(values, expected.values)
    #expect(comparison.maximum < 1e-4, "\(name): \(comparison)")
  }

  @Test(arguments: [PromptSyntax.long, .a1111], ["long", "commas", "weighted", "short"])
  func longAndWeightedPromptsAreEncodedAsTheWebUIEncodesThem(_ syntax: PromptSyntax, _ name: String) throws {
    let text = try #require(try reference().texts[name])
    let tensors = try traced(request(text) { $0.promptSyntax = syntax })
    try expect(tensors["context"], agreesWith: "\(syntax).\(name)")
    // The negative prompt is followed by empty chunks.
    #expect(tensors["uncond_context"]?.shape == tensors["context"]?.shape)
  }

  @Test(arguments: 1...4) func skippedLayersAreThoseOfDiffusers(clipSkip: Int) throws {
    let tensors = try traced(request("a photo of a dog") { $0.clipSkip = clipSkip })
    try expect(tensors["context"], agreesWith: "skip.\(clipSkip)")
    try expect(tensors["uncond_context"], agreesWith: "skip.\(clipSkip).negative")
  }

  @Test func emotionTokensStandBeforeTheWordsOfTheFirstChunk() throws {
    let plain = try traced(request("sea", emotion: "awe+fear"))
    for syntax in [PromptSyntax.long, .a1111] {
      let tensors = try traced(request("sea", { $0.promptSyntax = syntax }, emotion: "awe+fear"))
      #expect(tensors["context"]?.values == plain["context"]?.values)
      let long = try traced(
        request(try #require(reference().texts["commas"]), { $0.promptSyntax = syntax }, emotion: "awe+fear"))
      #expect(long["emotion_token"]?.values == plain["emotion_token"]?.values)
      let expected = try #require(reference().chunks["emotion.commas"])
      #expect(long["context"]?.shape[1] == 32 * expected.count)
    }
  }

  @Test func shortPromptsHaveTheSameBytesInEverySyntax() throws {
    let literal = try traced(request("a photo of a dog, [sea") { $0.negative = "anger" })
    let long = try traced(request("a photo of a dog, [sea") { ($0.negative, $0.promptSyntax) = ("anger", .long) })
    for (name, tensor) in literal { #expect(long[name]?.values == tensor.values, "\(name)") }
    let weighted = try traced(
      request(#"a photo of a dog, \[sea"#) { ($0.negative, $0.promptSyntax) = ("anger", .a1111) })
    for (name, tensor) in literal { #expect(weighted[name]?.values == tensor.values, "\(name)") }
  }

  @Test func aLiteralPromptSaysWhatIsCut() throws {
    let pipeline = try Self.pipeline.get()
    #expect(try pipeline.warnings(for: request("a photo of a dog")).isEmpty)
    let long = String(repeating: "awe ", count: 30) + "sea dog"
    let cut = try pipeline.warnings(for: request(long) { $0.negative = long })
    #expect(cut.count == 2)
    #expect(cut[0].hasPrefix("the prompt is cut after 30 tokens, without '"))
    #expect(cut[0].contains("dog' ("), "\(cut[0])")
    #expect(cut[0].hasSuffix(" tokens): the prompt syntaxes long and a1111 use all words"))
    let longer = try pipeline.warnings(for: request(String(repeating: "awe ", count: 60)))[0]
    #expect(longer.contains("without 'awe awe awe awe awe awe …' (30 tokens): the prompt"), "\(longer)")
    #expect(cut[1].hasPrefix("the negative prompt is cut after 30 tokens"))
    #expect(try pipeline.warnings(for: request(long, emotion: "awe+fear"))[0].contains("after 28 tokens"))
    #expect(try pipeline.warnings(for: request(long) { $0.promptSyntax = .long }).isEmpty)
  }

  @Test func aTokenInOtherLettersStandsForItsFirstVectorAndSaysSo() throws {
    let cat = EmbeddingUse(file: try AddedFile(path: SourceTree.fixture("additions/cat.bin")).identified())
    let additions = Additions(embeddings: [cat])
    let pipeline = try EmoGenPipeline.load(
      ModelFolder(SourceTree.tinyModel), additions: additions, on: Compute(threads: 1))
    func warnings(_ text: String, _ syntax: PromptSyntax = .literal) throws -> [String] {
      try pipeline.warnings(
        for: request(text) {
          $0.additions = additions
          $0.promptSyntax = syntax
        })
    }
    #expect(try warnings("a <cat>").isEmpty)
    #expect(try warnings("a <CAT>", .long).isEmpty)
    #expect(
      try warnings("a <CAT>, <cat>") == [
        "the prompt has '<cat>' in other letters, and so only the first of its vectors, as in diffusers: write it as "
          + "'<cat>', or use the prompt syntax long or a1111"
      ])
  }

  @Test func whatAModelCannotReadIsRefused() throws {
    let pipeline = try Self.pipeline.get()
    let scheduled = #expect(throws: RenderError.self) {
      try pipeline.check(request("[a:b:0.5]") { $0.promptSyntax = .a1111 })
    }
    #expect(scheduled?.message.contains("'[a:b:0.5]'") == true)
    let skip = #expect(throws: RenderError.self) { try pipeline.check(request("a") { $0.clipSkip = 5 }) }
    #expect(skip?.message == "clip_skip is 5, but the text encoder has 4 layers: 1 is the last")
  }
}
