import Checkpoints
import Foundation
import Imaging
import TestSupport
import Testing

/// Models in one file, in a hub cache and converted give the same pictures; VAEs apart from their model too.
@Suite struct SingleFileCommandTests {
  /// Renders one image of the model and returns its trace and pixels.
  private func render(
    _ model: String, in home: String, as name: String, _ more: [String] = []
  ) async throws -> (trace: Data, image: RGBImage) {
    let out = "\(home)/\(name)"
    let outcome = try await Program.emofarm.run(
      [
        "render", "--model", model, "--text", "a small house, 3 trees", "--steps", "2", "--size", "64x64", "--trace",
        "\(out).safetensors", "--out", out,
      ] + more, environment: ["EMOFARM_HOME": home])
    #expect(outcome.status == 0, "\(outcome)")
    return (
      try Data(contentsOf: URL(filePath: "\(out).safetensors")), try ImageFile.read("\(out)/000000.png")
    )
  }

  private func convert(_ arguments: String..., home: String) async throws -> Program.Outcome {
    try await Program.emofarm.run(["models", "convert"] + arguments, environment: ["EMOFARM_HOME": home])
  }

  @Test(arguments: SampleModel.Family.allCases, TensorContainer.allCases)
  func aCheckpointAndItsFolderRenderTheSame(_ family: SampleModel.Family, _ container: TensorContainer) async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(family)
      let file = "\(home)/model.\(container == .safetensors ? "safetensors" : "ckpt")"
      try container.write(sample.checkpoint(as: .f16), to: file, numbers: ["global_step": 470_000])
      let made = try await convert(file, "--out", "\(home)/converted", home: home)
      #expect(made.status == 0 && made.output == "\(home)/converted\n", "\(made)")
      // The folder of which the checkpoint is made; no checkpoint holds a tokenizer.
      try sample.writeFolder("\(home)/folder", as: .f16)
      try FileManager.default.copyItem(atPath: "\(home)/converted/tokenizer", toPath: "\(home)/folder/tokenizer")
      let single = try await render(file, in: home, as: "single")
      let converted = try await render("\(home)/converted", in: home, as: "images-converted")
      let folder = try await render("\(home)/folder", in: home, as: "images-folder")
      #expect(single.trace == converted.trace && single.trace == folder.trace)
      #expect(single.image == converted.image && single.image == folder.image)
    }
  }

  @Test func aCheckpointIsRegisteredAndRenderedByAWorker() async throws {
    try await CommandFarm.with { farm in
      let file = "\(farm.home)/model.ckpt"
      try TensorContainer.zip.write(SampleModel(.second).checkpoint(as: .f16), to: file)
      let yaml = URL(filePath: "\(farm.home)/model.yaml")
      try Data("model: {params: {parameterization: v}}\n".utf8).write(to: yaml)
      let added = try await farm("models", "add", "mine", file)
      #expect(added.status == 0, "\(added)")
      let enqueued = try await farm(
        "enqueue", "--text", "a small house, 3 trees", "--count", "1", "--steps", "2", "--size", "64x64", "--model",
        "mine", "--seed", "0")
      #expect(enqueued.status == 0, "\(enqueued)")
      #expect(try await farm.work().status == 0)
      let image = try #require(farm.artifacts().first)
      let replayed = try await farm("replay", image, "--model", file)
      #expect(replayed.output == "\(image): identical: the same bytes\n", "\(replayed)")
      // The YAML determines images as the checkpoint does.
      try Data("model: {params: {parameterization: eps}}\n".utf8).write(to: yaml)
      let changed = try await farm("models", "verify", "mine")
      #expect(changed.status == 1 && changed.output.contains("model.yaml (changed)"), "\(changed)")
    }
  }

  @Test func aHubCacheIsRenderedAndConvertedByItsRoot() async throws {
    try await TestFolder.with { home in
      let root = "\(home)/models--someone--tiny"
      for folder in ["blobs", "refs"] {
        try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
      }
      try Data("abc123".utf8).write(to: URL(filePath: "\(root)/refs/main"))
      let model = try ModelCopy.make(in: home)
      try FileManager.default.createDirectory(atPath: "\(root)/snapshots", withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: model, toPath: "\(root)/snapshots/abc123")
      let made = try await convert(root, "--out", "\(home)/converted", home: home)
      #expect(made.status == 0, "\(made)")
      let settings = ["--sampler", "ddim", "--guidance", "3"]
      let shipped = try await render(SourceTree.tinyModel, in: home, as: "shipped", settings)
      for (name, path) in [("root", root), ("converted-images", "\(home)/converted")] {
        let own = try await render(path, in: home, as: name, settings)
        #expect(own.trace == shipped.trace && own.image == shipped.image)
      }
    }
  }

  @Test func whatDoesNotOpenEndsInOneMessageAndLeavesNothing() async throws {
    try await TestFolder.with { home in
      func file(_ name: String, _ tensors: [StoredBytes]) throws -> String {
        try TensorContainer.safetensors.write(tensors, to: "\(home)/\(name).safetensors")
        return "\(home)/\(name).safetensors"
      }
      var inpainting = try SampleModel(.first).checkpoint(as: .f16)
      let input = try #require(inpainting.firstIndex { $0.name.hasSuffix(".input_blocks.0.0.weight") })
      inpainting[input] = StoredBytes(inpainting[input].name, zeros: [32, 9, 3, 3])
      let cases = [
        (try file("lora", [StoredBytes("lora_unet_conv_in.lora_down.weight", zeros: [2, 4, 3, 3])]), "is a LoRA"),
        (try file("xl", [StoredBytes("conditioner.embedders.1.model.x", zeros: [2])]), "Stable Diffusion XL"),
        (try file("inpainting", inpainting), "is an inpainting model, whose U-Net takes 9 channels"),
        (home, "model_index.json"), ("\(home)/none", "there is no such model folder or file"),
      ]
      let before = contents(below: home)
      for (path, message) in cases {
        for arguments in [
          ["models", "convert", path, "--out", "\(home)/out"], ["render", "--text", "a", "--model", path],
        ] {
          let outcome = try await Program.emofarm.run(arguments, environment: ["EMOFARM_HOME": home], folder: home)
          #expect(outcome.status == 1 && outcome.error.contains(message), "\(outcome)")
          #expect(outcome.error.split(separator: "\n").count == 1 && outcome.output.isEmpty, "\(outcome)")
        }
      }
      #expect(contents(below: home) == before)
    }
  }

  // MARK: - VAEs

  @Test func aVAEApartGivesTheSamePictureInEveryForm() async throws {
    try await TestFolder.with { home in
      let sample = try SampleModel(.first)
      try sample.writeFolder("\(home)/m", as: .f16)
      let prefix = "first_stage_model."
      let original = sample.checkpoint(as: .f16).filter { $0.name.hasPrefix(prefix) }.map { tensor in
        var copy = tensor
        copy.name.removeFirst(prefix.count)
        return copy
      }
      try TensorContainer.legacy.write(original, to: "\(home)/original.vae.pt")
      try TensorContainer.safetensors.write(sample.checkpoint(as: .f16), to: "\(home)/whole.safetensors")
      try TensorContainer.safetensors.write(sample.tensors(of: "vae", as: .f16), to: "\(home)/bare.safetensors")
      let own = try await render(SourceTree.tinyModel, in: home, as: "own")
      let forms =
        ["m", "m/vae", "m/vae/diffusion_pytorch_model.safetensors"]
        + ["original.vae.pt", "whole.safetensors", "bare.safetensors"]
      var images: [RGBImage] = []
      for (number, form) in forms.enumerated() {
        images.append(
          try await render(SourceTree.tinyModel, in: home, as: "form\(number)", ["--vae", "\(home)/\(form)"]).image)
      }
      #expect(images.allSatisfy { $0 == images[0] } && images[0] != own.image)

      // The file is part of the image's record, and one that has changed is refused.
      func replay(_ number: Int) async throws -> Program.Outcome {
        try await Program.emofarm.run(
          ["replay", "\(home)/form\(number)/000000.png", "--model", SourceTree.tinyModel],
          environment: ["EMOFARM_HOME": home])
      }
      #expect(try await replay(5).output.contains("identical"))
      try TensorContainer.safetensors.write(sample.tensors(of: "vae"), to: "\(home)/bare.safetensors")
      let changed = try await replay(5)
      #expect(changed.status == 1 && changed.error.contains("the file has changed"), "\(changed)")

      // Eight pixels for each latent instead of four.
      try SampleModel(.second).writeFolder("\(home)/other", as: .f16)
      let refused = try await Program.emofarm.run(
        ["render", "--text", "a", "--model", SourceTree.tinyModel, "--vae", "\(home)/other", "--out", "\(home)/no"],
        environment: ["EMOFARM_HOME": home])
      #expect(refused.status == 1 && refused.error.contains("8 pixels for each latent"), "\(refused)")
    }
  }
}
