import Admin
import Checkpoints
import EmoGen
import Files
import Foundation
import Specifications
import TestSupport
import Testing
import Vocabulary

/// The paths in a specification start at its own folder, and what its plan lacks is said.
struct SpecificationFolderTests {
  @Test func pathsStartAtTheSpecificationsFolder() throws {
    let folder = SpecificationFolder(of: "/specs/nightly.yaml")
    #expect(folder.resolved("style.safetensors") == "/specs/style.safetensors")
    #expect(folder.resolved("/loras/style.safetensors") == "/loras/style.safetensors")
    let here = FileManager.default.currentDirectoryPath
    for pipe in [nil, "/dev/stdin", "/dev/fd/63"] {
      #expect(SpecificationFolder(of: pipe).resolved("a.png") == "\(here)/a.png")
    }
    #expect(SpecificationFolder(of: "specs/nightly.yaml").path == "\(here)/specs")
  }

  @Test func aFileThatLiesInTheCurrentFolderInsteadIsNamed() async throws {
    try await TestFolder.with { home in
      try Data("style".utf8).write(to: URL(filePath: "\(home)/style.safetensors"))
      let folder = SpecificationFolder(of: "\(home)/nightly.yaml")
      let found = try folder.identified(AddedFile(path: "style.safetensors"))
      #expect(found == (try AddedFile(path: "\(home)/style.safetensors").identified()))
      // Tests run in the package's folder.
      let elsewhere = #expect(throws: CheckpointError.self) { try folder.identified(AddedFile(path: "Package.swift")) }
      #expect(elsewhere?.file == "\(home)/Package.swift")
      #expect(elsewhere?.message.contains("start at its own folder; the current folder has one: write /") == true)
      let nowhere = #expect(throws: CheckpointError.self) { try folder.identified(AddedFile(path: "none.pt")) }
      #expect(nowhere?.message == "there is no such file: check the path")
    }
  }

  @Test func picturesAreFoundBesideTheSpecification() async throws {
    try await TestFolder.with { home in
      try Folder.make("\(home)/pictures")
      try DurableFile.copy(SourceTree.fixture("imaging/full.jpg"), to: "\(home)/pictures/a.jpg")
      let text = "name: x\ncells: [{ emotion: awe, count: 1, init: pictures }]\n"
      let spec = try BatchSpec(parsing: text, named: "\(home)/x.yaml")
      let folder = SpecificationFolder(of: "\(home)/x.yaml")
      let cells = try spec.withPictures(multiple: 4, in: folder).cells
      // The path stays as written, so that the same specification has the same identity everywhere.
      #expect(cells.map(\.settings.source?.path) == ["pictures/a.jpg"])
      #expect(cells[0].settings.size != nil)
    }
  }

  @Test func whatTheMapperWasTrainedWithIsMissed() async throws {
    try await TestFolder.with { home in
      let model = "\(home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model)
      let style = AddedFile(path: SourceTree.fixture("additions/kohya.safetensors"))
      let lora = LoRAUse(file: try style.identified(), weight: 0.5)
      let weights = try #require(try WeightFolder(folder: "\(model)/mapper").files.first)
      let base = try MapperBase(Additions(loras: [lora]), mapper: "\(model)/mapper/\(weights)")
      try JSONEncoder().encode([MapperBase.key: base])
        .write(to: URL(filePath: "\(model)/mapper/\(MapperBase.file)"))
      let description = try ModelFolder(model).describe()
      func notes(_ cells: String) throws -> [String] {
        try BatchSpec(parsing: "name: x\ncells: [\(cells)]\n", named: "x.yaml")
          .plan(defaults: description.defaults, multiple: description.multiple)
          .mapFiles { try $0.identified() }.notes(for: description)
      }
      let (with, without, text) = (
        "{ emotion: awe, count: 1, lora: ['\(lora.written)'] }", "{ emotion: awe, count: 1 }", "{ text: a, count: 1 }"
      )
      #expect(try notes(with).isEmpty && notes(text).isEmpty && notes("\(with), \(text)").isEmpty)
      let missed = try notes(without)
      #expect(missed.count == 1 && missed[0].contains("the LoRA \(lora.written), which this request does not add"))
      #expect(try notes("\(without), \(without)") == missed)
      #expect(try notes("\(with), \(without)") == missed.map { "\($0) (in some of the cells)" })
    }
  }
}
