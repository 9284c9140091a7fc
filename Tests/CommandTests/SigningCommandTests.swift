import Files
import Foundation
import Signing
import TestSupport
import Testing

/// Keys, signed renders and batches, and what is said of their signatures.
@Suite struct SigningCommandTests {
  private static let render = ["render", "--emotion", "awe", "--steps", "2", "--model", SourceTree.tinyModel, "--sign"]

  /// Makes keys in `<home>/keys` and returns the environment that names them.
  private func keys(_ home: String, _ environment: [String: String] = [:]) async throws -> [String: String] {
    let made = try await Program.emofarm.run(
      ["keys", "create", "--organization", "Example Lab", "--out", "\(home)/keys"], environment: ["EMOFARM_HOME": home])
    #expect(made.status == 0, "\(made)")
    return environment.merging(["EMOFARM_HOME": home, "EMOFARM_SIGNING_KEY": "\(home)/keys/signing-key.pem"]) { $1 }
  }

  @Test func keysAreMadeForTheOwnerAloneAndNeverReplaced() async throws {
    try await TestFolder.with { home in
      let environment = try await keys(home)
      for (name, mode) in [("signing-key.pem", 0o600), ("root-key.pem", 0o600), ("root.pem", 0o644)] {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(home)/keys/\(name)")
        #expect((attributes[.posixPermissions] as? Int).map { $0 & ~0o022 } == mode & ~0o022, "\(name)")
      }
      let again = try await Program.emofarm.run(
        ["keys", "create", "--organization", "Example Lab", "--out", "\(home)/keys"], environment: environment)
      #expect(again.status == 2 && again.error.contains("never replaced"), "\(again)")
      let shown = try await Program.emofarm.run(["keys", "show", "--json"], environment: environment)
      #expect(shown.status == 0 && shown.output.contains("'Example Lab, EmoFarm signing key'"), "\(shown)")
      #expect(!shown.output.contains("PRIVATE"))
      // A later key of the same root.
      let later = try await Program.emofarm.run(
        [
          "keys", "create", "--organization", "Example Lab", "--root", "\(home)/keys/root-key.pem", "--out",
          "\(home)/later",
        ], environment: environment)
      #expect(later.status == 0, "\(later)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(home)/later").sorted() == [
          "root.pem", "signing-key.pem",
        ])
      #expect(try File.read("\(home)/later/root.pem") == File.read("\(home)/keys/root.pem"))
    }
  }

  @Test func aSignedRenderIsVerifiedAndReplayed() async throws {
    try await TestFolder.with { home in
      let environment = try await keys(home)
      func run(_ arguments: String..., key: Bool = true) async throws -> Program.Outcome {
        try await Program.emofarm.run(
          arguments, environment: key ? environment : ["EMOFARM_HOME": home], folder: SourceTree.root.path)
      }
      let unable = try await Program.emofarm.run(
        Self.render + ["--out", home], environment: ["EMOFARM_HOME": home], folder: SourceTree.root.path)
      #expect(unable.status == 1 && unable.error.contains("EMOFARM_SIGNING_KEY"), "\(unable)")
      let rendered = try await Program.emofarm.run(
        Self.render + ["--out", home], environment: environment, folder: SourceTree.root.path)
      #expect(rendered.status == 0, "\(rendered)")
      let image = "\(home)/000000.png"
      let valid = try await run("verify", image)
      #expect(
        valid.status == 0 && valid.output.contains("signed by 'Example Lab, EmoFarm signing key', valid"), "\(valid)")
      let trusted = try await run("verify", image, "--trust", "\(home)/keys/root.pem", "--json")
      #expect(trusted.status == 0 && trusted.output.contains("\"state\" : \"trusted\""), "\(trusted)")
      let other = try await run("verify", image, "--trust", SourceTree.fixture("signing/root.pem"))
      #expect(other.status == 1, "\(other)")
      #expect(try await run("replay", image).output.contains("identical: the same bytes"))
      let keyless = try await run("replay", image, key: false)
      #expect(keyless.status == 0 && keyless.output.contains("the same bytes but for the signature"), "\(keyless)")
      // Pixels and record are intact, the signature is gone, or another's.
      let signed = try File.read(image)
      try File.write(try FileSignature.removed(from: signed, named: image), to: "\(home)/bare.png")
      let bare = try await run("verify", "\(home)/bare.png")
      #expect(bare.status == 1 && bare.error.contains("the signature is gone"), "\(bare)")
      var broken = signed
      let place = try #require(broken.indices.first { broken[$0...].starts(with: "created_assertions".utf8) })
      broken[place] ^= 1
      try FileManager.default.createDirectory(atPath: "\(home)/set", withIntermediateDirectories: true)
      try File.write(Self.repaired(broken), to: "\(home)/set/broken.png")
      try File.write(signed, to: "\(home)/set/signed.png")
      let folder = try await run("verify", "\(home)/set")
      #expect(folder.status == 1 && folder.output.contains("the signature is broken"), "\(folder)")
      #expect(folder.output.contains("1 of 2 images verified; 1 with a signature that holds"), "\(folder)")
    }
  }

  /// The PNG with the right checksums, so that only the signature can notice a change.
  private static func repaired(_ file: [UInt8]) -> [UInt8] {
    var (rest, whole) = (file.dropFirst(8), Array(file.prefix(8)))
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    while rest.count >= 12 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      let body = Array(rest.dropFirst(4).prefix(4 + length))
      whole += rest.prefix(4) + body + big(body.withUnsafeBytes { CRC32.checksum($0) })
      rest = rest.dropFirst(12 + length)
    }
    return whole
  }

  @Test(.timeLimit(.minutes(10))) func aSignedBatchIsVerifiedAndExported() async throws {
    try await CommandFarm.with { farm in
      let environment = try await keys(farm.home, farm.environment)
      let text = "{name: signed, settings: {sign: true, steps: 2}, cells: [{emotion: awe, count: 2}]}"
      // Twice: the second batch's images are the same files.
      for batch in 1...2 { #expect(try await farm("enqueue", "-", input: text).output == "\(batch)\n") }
      let worked = try await Program.emofarmd.run(
        ["--once", "--threads", "1"], environment: environment, folder: SourceTree.root.path)
      #expect(worked.status == 0, "\(worked)")
      #expect(!worked.error.contains("PRIVATE"))
      #expect(farm.artifacts().count == 2)
      let root = "\(farm.home)/keys/root.pem"
      for batch in ["1", "2"] {
        let verified = try await farm("verify", batch, "--trust", root)
        #expect(verified.status == 0, "\(verified)")
        #expect(verified.output.contains("2 of 2 images verified; 2 with a signature that holds"), "\(verified)")
      }
      let others = try await farm("verify", "1", "--trust", SourceTree.fixture("signing/root.pem"))
      #expect(others.status == 1 && others.output.contains("none of the given roots vouches for"), "\(others)")
      #expect(try await farm("audit", "--deep").status == 0)
      let exported = try await farm("export", "1", "--out", "\(farm.home)/dataset")
      #expect(exported.status == 0, "\(exported)")
      let dataset = try await farm("verify", "\(farm.home)/dataset", "--trust", root)
      #expect(dataset.status == 0 && dataset.output.contains("2 with a signature that holds"), "\(dataset)")
      // Conversions are signed again, and not without a key.
      let unable = try await farm("export", "1", "--out", "\(farm.home)/jpeg", "--image-format", "jpeg")
      #expect(unable.status == 2 && unable.error.contains("--signing-key"), "\(unable)")
      for format in ["jpeg", "webp"] {
        let folder = "\(farm.home)/\(format)"
        let key = ["EMOFARM_SIGNING_KEY": "\(farm.home)/keys/signing-key.pem"]
        for kept in [false, true] {
          let converted = try await farm(
            "export", "1", "--out", folder, "--image-format", format, "--json", environment: key)
          #expect(converted.status == 0, "\(converted)")
          #expect(converted.output.contains(kept ? "\"copied\" : 0" : "\"copied\" : 2"), "\(converted)")
        }
        let verified = try await farm("verify", folder, "--trust", root)
        #expect(verified.status == 0 && verified.output.contains("2 with a signature that holds"), "\(verified)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aWorkerWithoutAKeyLeavesSignedBatchesToOthers() async throws {
    try await CommandFarm.with { farm in
      let environment = try await keys(farm.home, farm.environment)
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "1", "--steps", "1", "--sign").output == "1\n")
      let keyless = try await farm.work()
      #expect(keyless.status == 3 && keyless.error.contains("EMOFARM_SIGNING_KEY"), "\(keyless)")
      #expect(farm.artifacts().isEmpty)
      let worked = try await Program.emofarmd.run(
        ["--once", "--threads", "1"], environment: environment, folder: SourceTree.root.path)
      #expect(worked.status == 0, "\(worked)")
      #expect(try await farm("verify", "1", "--trust", "\(farm.home)/keys/root.pem").status == 0)
      // The daemon does not start with a setting that is no key, and does not quote it.
      let wrong = try await Program.emofarmd.run(
        ["--once"], environment: farm.environment.merging(["EMOFARM_SIGNING_KEY": "MC4CAQAwBQ"]) { $1 })
      #expect(wrong.status == 1 && wrong.error.contains("signing_key") && !wrong.error.contains("MC4CAQ"), "\(wrong)")
    }
  }
}
