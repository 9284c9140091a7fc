import Checkpoints
import Files
import Foundation
import Imaging
import TestSupport
import Testing

/// Images from pictures, by a command and by workers.
@Suite struct FromPictureTests {
  /// A folder with two pictures, one of them a JPEG, and what is no picture.
  private func pictures(in home: String) throws -> String {
    let folder = "\(home)/pictures"
    try FileManager.default.createDirectory(atPath: "\(folder)/inner.png", withIntermediateDirectories: true)
    try FileManager.default.removeItem(atPath: "\(folder)/inner.png")
    for (source, name) in [("rgb.png", "b.PNG"), ("full.jpg", "a.jpeg"), ("rgb.png", ".hidden.png")] {
      try FileManager.default.copyItem(atPath: SourceTree.fixture("imaging/\(source)"), toPath: "\(folder)/\(name)")
    }
    try Data("notes".utf8).write(to: URL(filePath: "\(folder)/notes.txt"))
    return folder
  }

  private func emofarm(_ arguments: [String], home: String) async throws -> Program.Outcome {
    try await Program.emofarm.run(arguments, environment: ["EMOFARM_HOME": home], folder: SourceTree.root.path)
  }

  private let settings = ["--emotion", "awe", "--steps", "4", "--strength", "0.5", "--size", "64x64"]

  @Test func aFolderGivesImagesOfEachOfItsPictures() async throws {
    try await TestFolder.with { home in
      let folder = try pictures(in: home)
      let all = try await emofarm(
        ["render", "--init", folder, "--count", "2", "--seed", "5", "--out", "\(home)/all"] + settings, home: home)
      #expect(all.status == 0, "\(all)")
      #expect(try Folder.names(in: "\(home)/all").sorted() == (0..<4).map { "00000\($0).png" })
      // In the order of the names, with seeds that count on.
      for (picture, seed, number) in [("a.jpeg", 5, 0), ("a.jpeg", 6, 1), ("b.PNG", 7, 2), ("b.PNG", 8, 3)] {
        let out = "\(home)/one-\(number)"
        let one = try await emofarm(
          ["render", "--init", "\(folder)/\(picture)", "--seed", "\(seed)", "--out", out] + settings, home: home)
        #expect(one.status == 0, "\(one)")
        #expect(
          try Data(contentsOf: URL(filePath: "\(out)/000000.png"))
            == Data(contentsOf: URL(filePath: "\(home)/all/00000\(number).png")), "\(picture) \(seed)")
      }
      let replayed = try await emofarm(["replay", "\(home)/all/000003.png"], home: home)
      #expect(replayed.output == "\(home)/all/000003.png: identical: the same bytes\n", "\(replayed)")
      let inspected = try await emofarm(["inspect", "\(home)/all/000003.png", "--json"], home: home)
      #expect(inspected.output.contains("\(folder)/b.PNG"), "\(inspected.output)")
    }
  }

  @Test func withoutASizeImagesHaveThePicturesSize() async throws {
    try await TestFolder.with { home in
      let folder = try pictures(in: home)
      let outcome = try await emofarm(
        ["render", "--emotion", "fear", "--steps", "2", "--init", folder, "--out", "\(home)/out"], home: home)
      #expect(outcome.status == 0, "\(outcome)")
      for (number, picture) in ["a.jpeg", "b.PNG"].enumerated() {
        let (image, source) = (
          try ImageFile.read("\(home)/out/00000\(number).png"), try ImageFile.uprightSize("\(folder)/\(picture)")
        )
        #expect(image.width == source.width / 4 * 4 && image.height == source.height / 4 * 4)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchStartsFromEachPicture() async throws {
    try await CommandFarm.with { farm in
      let folder = try pictures(in: farm.home)
      let spec = """
        name: pictures
        settings: {steps: 4, size: 64x64, strength: 0.5}
        cells:
          - {emotions: [awe, fear], count: 2, init: \(folder)}

        """
      let flags = try await farm(
        "enqueue", "--emotion", "awe", "--emotion", "fear", "--init", folder, "--strength", "0.5", "--steps", "4",
        "--size", "64x64", "--count", "2")
      #expect(flags.output == "1\n", "\(flags)")
      let written = try await farm("enqueue", "-", input: spec)
      #expect(written.output == "2\n", "\(written)")
      #expect(try await farm.work().status == 0)
      for batch in ["1", "2"] {
        let status = try await farm("status", batch)
        #expect(status.output.contains("8 of 8"), "\(status.output)")
      }
      for image in farm.artifacts() {
        let replayed = try await farm("replay", image)
        #expect(replayed.output == "\(image): identical: the same bytes\n", "\(replayed)")
      }
      // A picture that changes after it was enqueued is not rendered: this host's copy is at fault.
      let again = try await farm("enqueue", "-", input: spec.replacing("count: 2", with: "count: 1"))
      #expect(again.status == 0, "\(again)")
      let picture = "\(folder)/b.PNG"
      try FileManager.default.removeItem(atPath: picture)
      try FileManager.default.copyItem(atPath: SourceTree.fixture("imaging/gray.png"), toPath: picture)
      let refused = try await farm.work()
      #expect(refused.status == 3)
      #expect(refused.error.contains("b.PNG") && refused.error.contains("the file has changed"), "\(refused.error)")
      let events = try await farm("events")
      #expect(events.output.contains("b.PNG") && events.output.contains("the file has changed"), "\(events.output)")
    }
  }

  @Test func whatCannotBeStartedFromIsRefused() async throws {
    try await TestFolder.with { home in
      let folder = try pictures(in: home)
      try FileManager.default.createDirectory(atPath: "\(home)/empty", withIntermediateDirectories: true)
      try Data("no picture".utf8).write(to: URL(filePath: "\(home)/broken.png"))
      let whole = try Data(contentsOf: URL(filePath: "\(folder)/a.jpeg"))
      try whole.prefix(40).write(to: URL(filePath: "\(home)/cut.jpg"))
      for (arguments, status, message) in [
        (["--init", "\(home)/empty"], 2, "the folder has no picture to start from"),
        (["--init", "\(home)/broken.png"], 1, "broken.png"), (["--init", "\(home)/cut.jpg"], 1, "cut.jpg"),
        (["--init", "\(home)/none.png"], 1, "none.png"), (["--strength", "0.5"], 2, "--strength requires --init"),
        (["--init", folder, "--strength", "0"], 2, "strength"),
        (["--init", folder, "--strength", "1.5"], 2, "strength"),
        (["--init", folder, "--strength", "nan"], 2, "strength"),
        (["--init", folder, "--count", "1000000"], 2, "--count"),
      ] {
        let outcome = try await emofarm(
          ["render", "--emotion", "awe", "--steps", "4", "--out", "\(home)/out"] + arguments, home: home)
        #expect(outcome.status == Int32(status), "\(arguments): \(outcome)")
        #expect(outcome.error.contains(message) && !outcome.error.contains("Fatal"), "\(arguments): \(outcome)")
        #expect(!FileManager.default.fileExists(atPath: "\(home)/out/000000.png"))
      }
    }
  }

  @Test func aDecoderAloneCannotStartFromAPicture() async throws {
    try await TestFolder.with { home in
      let folder = try pictures(in: home)
      let tensors = try SampleModel(.first).tensors(of: "vae", as: .f16).filter {
        ["decoder.", "post_quant_conv."].contains(where: $0.name.hasPrefix)
      }
      try SampleModel(.first).writeFolder("\(home)/m", as: .f16)
      try TensorContainer.safetensors.write(tensors, to: "\(home)/m/vae/diffusion_pytorch_model.safetensors")
      let plain = ["render", "--emotion", "awe", "--steps", "2", "--vae", "\(home)/m/vae", "--out", "\(home)/out"]
      let from = try await emofarm(plain + ["--init", folder], home: home)
      #expect(from.status == 1 && from.error.contains("holds a decoder only"), "\(from)")
      #expect(!FileManager.default.fileExists(atPath: "\(home)/out/000000.png"))
      let without = try await emofarm(plain, home: home)
      #expect(without.status == 0, "\(without)")
    }
  }
}
