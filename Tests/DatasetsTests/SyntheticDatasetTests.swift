import Datasets
import Files
import Foundation
import Imaging
import TestSupport
import Testing

struct SyntheticDatasetTests {
  @Test func aDatasetIsTheSameFilesEachTime() async throws {
    try await TestFolder.with { folder in
      let plan = SyntheticDataset(perAttribute: 3, size: 32, seed: 9)
      let summary = try plan.write(to: "\(folder)/one")
      #expect(try plan.write(to: "\(folder)/two") == summary)
      // The same call restores a folder with missing files.
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
