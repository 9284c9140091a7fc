import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// What training code stores beside a network is left out, as in diffusers, and said.
struct TrainingLeftoverTests {
  private static let loss = [
    StoredBytes("loss.logvar", zeros: []), StoredBytes("loss.discriminator.main.0.weight", zeros: [4, 3, 4, 4]),
  ]
  private static let weights = "vae/diffusion_pytorch_model.safetensors"

  private func writeModel(adding extra: [StoredBytes], to home: String) throws -> String {
    let sample = try SampleModel(.first)
    try sample.writeModel("\(home)/m", as: .f16)
    try TensorContainer.safetensors.write(sample.tensors(of: "vae", as: .f16) + extra, to: "\(home)/m/\(Self.weights)")
    return "\(home)/m"
  }

  @Test func aFolderWithThemOpensAndConvertsWithoutThem() async throws {
    try await TestFolder.with { home in
      let model = try BaseModel(writeModel(adding: Self.loss, to: home))
      try ExaminedModel.build(model)
      #expect(
        model.notes == [
          "\(home)/m/\(Self.weights): 2 tensors that training left there, such as 'loss.discriminator.main.0.weight', "
            + "are not used"
        ])
      try ModelConversion.run(model, into: "\(home)/out")
      let converted = try BaseModel("\(home)/out")
      #expect(converted.notes.isEmpty)
      #expect(try converted.weights(.vae).names == model.weights(.vae).names.filter { !$0.hasPrefix("loss.") })
    }
  }

  @Test func othersAreStillRefused() async throws {
    try await TestFolder.with { home in
      let path = try writeModel(adding: [StoredBytes("decoder.extra.weight", zeros: [4])], to: home)
      let error = #expect(throws: CheckpointError.self) { try ExaminedModel.build(BaseModel(path)) }
      #expect(error?.code == .unexpectedTensor && error?.message.contains("'decoder.extra.weight'") == true)
    }
  }

  @Test func aFileOfAVAEWithThemOpens() async throws {
    try await TestFolder.with { home in
      let base = try BaseModel(writeModel(adding: [], to: home))
      let sample = try SampleModel(.first)
      let own = sample.tensors(of: "vae", as: .f16)
      var original = sample.checkpoint(as: .f16).filter { $0.name.hasPrefix("first_stage_model.") }
      for index in original.indices { original[index].name.removeFirst("first_stage_model.".count) }
      for (name, tensors) in [("new", own), ("original", original)] {
        let path = "\(home)/\(name).safetensors"
        try TensorContainer.safetensors.write(tensors + [Self.loss[0]], to: path)
        let additions = try Additions(vae: AddedFile(path: path)).map { try $0.identified() }
        let adapted = try AdaptedModel(base, additions, on: Compute(threads: 1))
        #expect(
          adapted.notes == ["\(path): the tensor 'loss.logvar', which training left there, is not used"])
        _ = try Autoencoder(adapted.weights(.vae), adapted.vae)
      }
    }
  }

  @Test func aCheckpointWithThemSaysSo() async throws {
    try await TestFolder.with { home in
      let tensors = try SampleModel(.first).checkpoint(as: .f16)
      try TensorContainer.safetensors.write(
        tensors + [StoredBytes("first_stage_model.loss.logvar", zeros: [])], to: "\(home)/m.safetensors")
      let model = try BaseModel("\(home)/m.safetensors")
      #expect(model.notes.contains { $0.contains("'loss.logvar'") }, "\(model.notes)")
      try ExaminedModel.build(model)
    }
  }
}
