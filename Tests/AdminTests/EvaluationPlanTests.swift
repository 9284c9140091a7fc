import Admin
import EmoGen
import Foundation
import Imaging
import Scoring
import TestSupport
import Testing
import Vocabulary

/// The sources of a comparison, before any network is loaded.
struct EvaluationPlanTests {
  private func plan(
    _ contents: EvaluationPlan.Contents, models: [String] = [SourceTree.tinyModel], folders: [NamedSource] = [],
    real: NamedSource? = nil
  ) throws -> EvaluationPlan {
    try EvaluationPlan(
      emotions: [.awe, .fear], models: models.map { .init(label: NamedSource($0).label, folder: try ModelFolder($0)) },
      contents: contents, folders: folders, real: real, split: nil, classifiers: SourceTree.tinyModel, attributes: nil)
  }

  @Test func theFirstModelRendersWhatIsAskedForBesideTheEmotionsOfAll() throws {
    var contents = EvaluationPlan.Contents()
    contents.baseline = true
    contents.texts = [NamedSource(name: "attributes", "a {attribute}")]
    contents.prompts = [NamedSource("on a hill")]
    contents.mixtures = ["awe=0.2,fear=0.8"]
    contents.perEmotion = 3
    contents.settings.steps = 2
    let plan = try plan(contents, models: [SourceTree.tinyModel, SourceTree.tinyModel])
    let first = try #require(plan.rendered.first).columns
    #expect(first.map(\.label) == ["tiny", "an image of {emotion}", "attributes", "on a hill", "awe=0.2,fear=0.8"])
    #expect(first.map(\.role) == [.emotion, .baseline, .baseline, .other, .other])
    #expect(first.map(\.images.count) == [6, 6, 6, 6, 3])
    #expect(first.allSatisfy { $0.images.settings.steps == 2 && $0.origin.contains(SourceTree.tinyModel) })
    #expect(plan.rendered.last?.columns.map(\.label) == ["tiny"])
    // The shipped model's own table.
    #expect(plan.attributes?.names.isEmpty == false)
  }

  @Test func withoutEmotionsOnlyTheRestIsRendered() throws {
    var contents = EvaluationPlan.Contents()
    contents.emotions = false
    #expect(try plan(contents).rendered.map(\.columns.count) == [0])
    contents.baseline = true
    #expect(try plan(contents).rendered.map(\.columns.count) == [1])
  }

  @Test func whatAModelCannotRenderIsRefusedBeforeItIsLoaded() throws {
    var contents = EvaluationPlan.Contents()
    contents.settings.size = SettingsOverride.Size(parsing: "63x64")
    #expect(throws: InputError.self) { try plan(contents) }
    var mixture = EvaluationPlan.Contents()
    mixture.mixtures = ["awe=0.5,joy=0.5"]
    #expect(throws: EmotionSpecError.self) { try plan(mixture) }
  }

  @Test func foldersAndRealPicturesAreColumns() async throws {
    try await TestFolder.with { folder in
      let image = RGBImage(width: 4, height: 4, filledWith: RGBColor(1, 2, 3))
      for emotion in ["awe", "fear"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(emotion)", withIntermediateDirectories: true)
        try Data(PNG.encode(image)).write(to: URL(filePath: "\(folder)/\(emotion)/1.png"))
      }
      let plan = try plan(
        .init(), models: [], folders: [NamedSource(name: "ours", folder), NamedSource(folder)],
        real: NamedSource(folder))
      #expect(plan.folders.map(\.label) == ["ours", NamedSource(folder).label, "real pictures"])
      #expect(plan.folders.map(\.role) == [.emotion, .emotion, .real])
      #expect(plan.folders.allSatisfy { $0.images.images.count == 2 && $0.origin == folder })
    }
  }

  @Test func sourcesMayHaveNames() async throws {
    #expect(NamedSource(parsing: "ours=export/1") == NamedSource(name: "ours", "export/1"))
    #expect(NamedSource(parsing: "a/b=c") == NamedSource("a/b=c"))
    #expect(NamedSource(parsing: "ours=") == NamedSource("ours="))
    #expect(NamedSource(parsing: "") == nil)
    #expect(NamedSource("some/where").label == "where")
    try await TestFolder.with { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/x=y", withIntermediateDirectories: true)
      #expect(NamedSource(parsing: "\(folder)/x=y") == NamedSource("\(folder)/x=y"))
    }
  }
}
