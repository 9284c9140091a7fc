import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// Compares the shipped model with LoRAs and embeddings with what diffusers computes; Fixtures/additions/make.py made
/// the files.
struct AdaptedModelTests {
  private static let folder = SourceTree.fixture("additions")
  private static let prompt = "a photo of a castle"

  private static let cases = [
    "none": [], "kohya": ["kohya.safetensors:0.8"], "peft": ["peft.safetensors"],
    "both": ["kohya.safetensors:0.7", "peft.safetensors:-0.4"],
  ]

  @Test(arguments: cases)
  func lorasGiveTheSameOutputsAsInDiffusers(_ name: String, _ uses: [String]) throws {
    let expected = try SafetensorsFile(path: "\(Self.folder)/expected.safetensors")
    let compute = try Compute(threads: 1)
    let base = try BaseModel(SourceTree.tinyModel)
    let loras = uses.compactMap { LoRAUse(parsing: "\(Self.folder)/\($0)") }
    let model = try AdaptedModel(base, Additions(loras: loras), on: compute)
    let context = try Self.context(Self.prompt, model, base, on: compute)
    let reference = try expected.tensor("\(name).context")
    #expect(Comparison(context.values, reference.values).maximum < 1e-4)
    let output = try UNet(model.weights(.unet), base.unet)(
      expected.tensor("latents").channelsLast, timesteps: [500], context: reference, on: compute)
    #expect(Comparison(output.values, try expected.tensor("\(name).eps").channelsLast.values).maximum < 1e-4)
  }

  @Test(arguments: [
    ("cat", "a photo of a <cat> at night"), ("mixed", "toy and <cat>, toy castle"),
    ("capitals", "<CAT> beside a <cat>, a Toy"),
  ])
  func embeddingsGiveTheSameContextsAsInDiffusers(_ name: String, _ prompt: String) throws {
    let expected = try SafetensorsFile(path: "\(Self.folder)/expected.safetensors")
    let compute = try Compute(threads: 1)
    let base = try BaseModel(SourceTree.tinyModel)
    let uses = ["cat.bin", "toy.pt"].map { EmbeddingUse(file: AddedFile(path: "\(Self.folder)/\($0)")) }
    let model = try AdaptedModel(base, Additions(embeddings: uses), on: compute)
    let context = try Self.context(prompt, model, base, on: compute)
    #expect(Comparison(context.values, try expected.tensor("\(name).context").values).maximum < 1e-4)
  }

  @Test func aTokenOrAWidthThatDoesNotFitIsRefused() async throws {
    let base = try BaseModel(SourceTree.tinyModel)
    let compute = try Compute(threads: 1)
    let file = AddedFile(path: "\(Self.folder)/toy.pt")
    let twice = try AdaptedModel(
      base, Additions(embeddings: [EmbeddingUse(file: file), EmbeddingUse(file: file)]), on: compute)
    let again = #expect(throws: CheckpointError.self) {
      try twice.words(CLIPTextEncoder(twice.weights(.textEncoder), base.text))
    }
    #expect(
      again?.message == "adds the token 'toy', which the tokenizer already has: name another one, as in FILE:TOKEN")
    let known = try AdaptedModel(base, Additions(embeddings: [EmbeddingUse(file: file, token: "a")]), on: compute)
    #expect(throws: CheckpointError.self) {
      try known.words(CLIPTextEncoder(known.weights(.textEncoder), base.text))
    }
    try await TestFolder.with { folder in
      let path = "\(folder)/wide.safetensors"
      try Safetensors.write(path: path, tensors: [("emb_params", Tensor([2, 768]))])
      let error = #expect(throws: CheckpointError.self) {
        try AdaptedModel(base, Additions(embeddings: [EmbeddingUse(file: AddedFile(path: path))]), on: compute)
      }
      #expect(
        error?.message.hasPrefix("its vectors are 768 wide, but the text encoder's embeddings are 128 wide") == true)
    }
  }

  /// The context of a prompt: `[1, L, width]`.
  private static func context(
    _ prompt: String, _ model: AdaptedModel, _ base: BaseModel, on compute: Compute
  ) throws -> Tensor {
    let (tokenizer, encoder) = try model.words(CLIPTextEncoder(model.weights(.textEncoder), base.text))
    let row = try TokenRow(
      tokenizer.encodeLiterally(prompt).tokens, special: tokenizer.special, length: base.text.positions)
    let embeddings = try encoder.embed(row.ids, on: compute)
    return encoder(embeddings.reshaped([1] + embeddings.shape), on: compute)
  }
}
