import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

struct SyntheticTests {
  private let emotions = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"]

  private func digest(size: Int) -> String {
    let pixels = SyntheticAttribute.all.flatMap { attribute in
      (0..<3).flatMap { attribute.draw(index: $0, size: size, seed: 7).pixels }
    }
    return DatasetImage.digest(of: pixels)
  }

  @Test func everyEmotionHasFourAttributesNamedByOneWord() {
    #expect(SyntheticAttribute.all.count == 32)
    #expect(Set(SyntheticAttribute.all.map(\.name)).count == 32)
    for emotion in emotions { #expect(SyntheticAttribute.all.count { $0.emotion == emotion } == 4) }
    for attribute in SyntheticAttribute.all {
      #expect(attribute.name.allSatisfy { ("a"..."z").contains($0) })
      #expect(attribute.secondEmotion != attribute.emotion)
      #expect(attribute.secondEmotion.map(emotions.contains) ?? (attribute.secondShare == 0))
    }
    #expect(SyntheticAttribute.all.count { $0.kind == .scene } == 16)
    let mean = SyntheticAttribute.all.reduce(0) { $0 + $1.secondShare } / 32
    #expect(abs(mean - 0.18) < 0.02)
  }

  @Test func secondEmotionsComeAsOftenAsTheirShareSays() {
    for attribute in SyntheticAttribute.all {
      for count in [7, 100, 1000] {
        let second = (0..<count).count { attribute.emotion(index: $0) == attribute.secondEmotion }
        #expect(abs(Double(second) - Double(count) * attribute.secondShare) <= 1)
      }
    }
  }

  /// The drawings themselves: a change here changes every dataset and model made from them.
  @Test func picturesHaveTheSamePixelsEverywhere() {
    #expect(digest(size: 64) == "498d54be14862f3e5178d4c4b25b84bc93f5ace5f0c5f7d06dd704bc40bb618c")
    #expect(digest(size: 128) == "0537032f23f45d89781d0b99684e26c9a64bf8b9ad5c7ddda81ff38b1dff223d")
  }

  @Test func indexAndSeedMakeOtherPictures() {
    for attribute in SyntheticAttribute.all {
      let first = attribute.draw(index: 0, size: 32, seed: 1)
      #expect(first == attribute.draw(index: 0, size: 32, seed: 1))
      #expect(first != attribute.draw(index: 1, size: 32, seed: 1))
      #expect(first != attribute.draw(index: 0, size: 32, seed: 2))
    }
  }

  @Test func anotherSizeShowsTheSamePicture() {
    for attribute in SyntheticAttribute.all {
      let small = attribute.draw(index: 4, size: 64, seed: 1)
      let large = attribute.draw(index: 4, size: 128, seed: 1).resized(width: 64, height: 64, filter: .bilinear)
      let difference = zip(small.pixels, large.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(Double(difference) / Double(small.pixels.count) < 5, "\(attribute.name)")
    }
  }

  @Test func aDatasetIsTheSameFilesEachTime() async throws {
    try await TestFolder.with { folder in
      let plan = SyntheticDataset(perAttribute: 3, size: 32, seed: 9)
      let summary = try plan.write(to: "\(folder)/one")
      #expect(try plan.write(to: "\(folder)/two") == summary)
      // A folder that lost something is made whole by the same call.
      try FileManager.default.removeItem(atPath: "\(folder)/two/image/awe/awe_00001.jpg")
      #expect(try plan.write(to: "\(folder)/two") == summary)
      let names = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/one").sorted()
      #expect(try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/two").sorted() == names)
      for name in names {
        #expect(
          FileManager.default.contents(atPath: "\(folder)/one/\(name)")
            == FileManager.default.contents(atPath: "\(folder)/two/\(name)"), "\(name)")
      }
      #expect(summary.pictures == 96)
      #expect(summary.splits.values.reduce(0, +) == 96)
    }
  }

  @Test func aFolderWithOtherThingsIsLeftAlone() async throws {
    try await TestFolder.with { folder in
      _ = try SyntheticDataset(perAttribute: 1, size: 32, seed: 1).write(to: "\(folder)/one")
      for (plan, name) in [
        (SyntheticDataset(perAttribute: 1, size: 32, seed: 2), "one"),
        (SyntheticDataset(perAttribute: 1, size: 32, seed: 1), "other"),
      ] {
        try FileManager.default.createDirectory(atPath: "\(folder)/other/x", withIntermediateDirectories: true)
        let error = #expect(throws: DatasetError.self) { try plan.write(to: "\(folder)/\(name)") }
        #expect(error?.code == .folder)
      }
    }
  }

  @Test func theSheetHasARowForEachEmotion() {
    let sheet = SyntheticDataset.sheet(size: 32, seed: 1)
    #expect(sheet.width > 16 * 32 && sheet.height > 8 * 32)
    #expect(sheet == SyntheticDataset.sheet(size: 32, seed: 1))
  }
}
