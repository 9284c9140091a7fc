import Files
import Foundation
import TestSupport
import Testing

/// Exports whose images are converted or linked.
@Suite struct ExportImageFormatTests {
  @Test(.timeLimit(.minutes(10)), arguments: [("jpeg", "jpg"), ("webp", "webp")])
  func convertedImagesCarryTheirRecordAndAreVerified(format: String, suffix: String) async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 12)
      let out = "\(farm.home)/out"
      for form in ["imagefolder", "class-folders", "emoset"] {
        let exported = try await farm(
          "export", "1", "--format", form, "--out", "\(out)-\(form)", "--image-format", format)
        #expect(exported.status == 0, "\(exported)")
        let verified = try await farm("verify", "\(out)-\(form)")
        #expect(verified.status == 0 && verified.output.hasPrefix("12 of 12 images verified"), "\(verified)")
      }
      let image = "\(out)-imagefolder/train/000003.\(suffix)"
      let inspected = try await farm("inspect", image)
      #expect(
        inspected.status == 0 && inspected.output.contains("of quality 90 from the PNG with SHA-256 "), "\(inspected)")
      #expect(inspected.output.contains("Seed            3\n"))
      let replayed = try await farm("replay", image)
      #expect(replayed.status == 2 && replayed.error.contains("replay the rendered PNG"), "\(replayed)")

      // The same again keeps every file; another quality makes new ones.
      let whole = contents(below: "\(out)-imagefolder")
      let kept = try await farm(
        "export", "1", "--out", "\(out)-imagefolder", "--image-format", format, "--json")
      #expect(kept.output.contains(#""kept" : 12"#), "\(kept)")
      #expect(contents(below: "\(out)-imagefolder") == whole)
      let smaller = try await farm(
        "export", "1", "--out", "\(out)-imagefolder", "--image-format", format, "--quality", "20", "--json")
      #expect(smaller.output.contains(#""copied" : 12"#), "\(smaller)")
      #expect(contents(below: "\(out)-imagefolder")["train/000003.\(suffix)"] != whole["train/000003.\(suffix)"])

      var bytes = try Data(contentsOf: URL(filePath: image))
      bytes[bytes.count - (format == "jpeg" ? 6 : 1)] ^= 1
      if format == "webp" {
        // The last bytes are XMP; the picture is in the middle.
        bytes = try Data(contentsOf: URL(filePath: image))
        let picture = try #require(bytes.firstRange(of: Data("VP8 ".utf8)))
        bytes[picture.upperBound + 24] ^= 1
      }
      try bytes.write(to: URL(filePath: image))
      let refused = try await farm("verify", "\(out)-imagefolder")
      #expect(
        refused.status == 1 && refused.output.contains("000003.\(suffix): the picture is not the one"), "\(refused)")

      // PNGs again: the converted files go.
      let plain = try await farm("export", "1", "--out", "\(out)-imagefolder", "--json")
      #expect(plain.output.contains(#""removed" : 12"#), "\(plain)")
      #expect(contents(below: "\(out)-imagefolder").keys.allSatisfy { !$0.hasSuffix(".\(suffix)") })
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: ["imagefolder", "parquet", "webdataset"])
  func aKilledConversionGoesOnWithTheSameBytes(form: String) async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 40)
      let arguments = ["export", "1", "--format", form, "--image-format", "webp", "--out"]
      let gate = try Gate("export-image-25", in: "\(farm.home)/gates")
      let killed = try await Program.emofarm.killed(
        arguments + ["\(farm.home)/out"],
        environment: farm.environment.merging([DebugGates.variable: "\(farm.home)/gates"]) { $1 }
      ) { gate.holds() }
      try #require(killed)
      for out in ["out", "whole"] {
        let outcome = try await Program.emofarm.run(
          arguments + ["\(farm.home)/\(out)"], environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 0, "\(outcome)")
      }
      #expect(contents(below: "\(farm.home)/out") == contents(below: "\(farm.home)/whole"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func linkedImagesTakeNoSpace() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 6)
      let out = "\(farm.home)/out"
      #expect(try await farm("export", "1", "--out", "\(farm.home)/copies").status == 0)
      #expect(try await farm("export", "1", "--out", out, "--link").status == 0)
      #expect(contents(below: out) == contents(below: "\(farm.home)/copies"))
      func file(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
      }
      let stored = Set(try farm.artifacts().map(file))
      for index in 0..<6 {
        #expect(try stored.contains(file("\(out)/train/00000\(index).png")))
        #expect(try !stored.contains(file("\(farm.home)/copies/train/00000\(index).png")))
      }
      // A second export without links leaves the farm's files alone.
      #expect(try await farm("export", "1", "--out", out, "--where", "index < 3").status == 0)
      #expect(farm.artifacts().count == 6)
      #expect(try await farm("verify", "1").status == 0)
      for (arguments, problem) in [
        (["--format", "parquet"], "parquet has the images in larger files"),
        (["--image-format", "jpeg"], "converted images are new files"),
      ] {
        let refused = try await Program.emofarm.run(
          ["export", "1", "--out", "\(farm.home)/new", "--link"] + arguments, environment: farm.environment)
        #expect(refused.status == 2 && refused.error.contains(problem), "\(refused)")
      }
      let quality = try await farm("export", "1", "--out", "\(farm.home)/new", "--quality", "80")
      #expect(quality.status == 2 && quality.error.contains("PNGs have none"), "\(quality)")
    }
  }

  /// A volume of its own, where the system lets the test have one.
  @Test(.enabled(if: differs("/dev/shm", NSTemporaryDirectory())), .timeLimit(.minutes(10)))
  func anotherVolumeIsRefusedBeforeImagesAreRead() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 2)
      for file in farm.artifacts().dropFirst() { try FileManager.default.removeItem(atPath: file) }
      let out = "/dev/shm/emofarm-\(UUID().uuidString)"
      let refused = try await farm("export", "1", "--out", out, "--link")
      #expect(
        refused.status == 1 && refused.error.contains("is not on the volume of \(farm.home)/artifacts"), "\(refused)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }

  private static func differs(_ path: String, _ other: String) -> Bool {
    let files = FileManager.default
    let numbers = [path, other].map { try? files.attributesOfItem(atPath: $0)[.systemNumber] as? Int }
    return numbers[0] != nil && numbers[0] != numbers[1]
  }
}
