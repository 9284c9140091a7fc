import Admin
import EmoGen
import Farm
import Files
import Provenance
import TestSupport
import Testing
import Vocabulary

@Suite struct ModelTests {
  @Test func theSameFilesAreTheSameModelAndEveryOtherOneIsNamed() throws {
    let present = try ModelFolder(SourceTree.tinyModel).describe()
    var files = present.files.map { ModelFile(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) }
    func differences() -> [String] {
      ModelMatch.differences(.init(name: "tiny", digest: present.digest, files: files), present)
    }
    #expect(differences().isEmpty)
    let last = files.removeLast()
    files[0] = .init(path: files[0].path, bytes: files[0].bytes, sha256: String(repeating: "a", count: 64))
    files.append(.init(path: "zoo/x", bytes: 1, sha256: String(repeating: "b", count: 64)))
    #expect(
      differences() == [
        "\(files[0].path) has the SHA-256 \(present.files[0].sha256.prefix(12))…, but aaaaaaaaaaaa… was recorded",
        "zoo/x is missing", "\(last.path) was not there",
      ])
  }

  @Test func theDefaultModelIsLookedForInTheDataFolderTheWorkingFolderAndAboveTheProgram() {
    let candidates = DefaultModel.candidates(
      home: "/home/ada", workingFolder: "/srv", program: "/src/.build/release/emofarm")
    #expect(
      candidates == [
        "/home/ada/models/tiny", "/srv/config/models/tiny", "/src/.build/release/config/models/tiny",
        "/src/.build/config/models/tiny", "/src/config/models/tiny",
      ])
    let installed = DefaultModel.candidates(home: "/home/ada", workingFolder: "/srv", program: "/usr/bin/emofarm")
    #expect(installed[2] == "/usr/share/emofarm/models/tiny")
  }

  @Test func aSizeThatTheModelCannotRenderIsRefusedBeforeItIsLoaded() throws {
    let folder = try ModelFolder(SourceTree.tinyModel)
    var settings = try folder.defaults
    try folder.check(.text(""), settings)
    settings.height = 63
    let error = #expect(throws: InputError.self) { try folder.check(.text(""), settings) }
    #expect(error?.description.contains("the height 63 is not a multiple of") == true)
  }

  @Test func aRegistrationHoldsEveryFileOfTheFolder() throws {
    let description = try ModelFolder(SourceTree.tinyModel).describe()
    let registration = description.named("mine")
    #expect(registration.name == "mine")
    #expect(registration.digest == description.digest)
    #expect(registration.files.map(\.path) == description.files.map(\.path))
  }
}
