import Datasets
import Foundation
import Testing

struct EmoSetCheckTests {
  @Test func aCleanDatasetIsCounted() async throws {
    try await SampleEmoSet.with { sample in
      var steps: [Int] = []
      let check = try EmoSetCheck(folder: sample.folder) { done, total in
        steps.append(done)
        #expect(total == 64)
      }
      #expect(steps == [64])
      #expect(check.faults.isEmpty)
      #expect(check.usable == 64)
      #expect(check.emotions.map(\.name).first == "amusement")
      #expect(check.emotions.reduce(0) { $0 + $1.total } == 64)
      #expect(check.attributes.count == 32)
      #expect(check.attributes.allSatisfy { $0.total == 2 })
      #expect(check.attributes.map(\.name) == check.attributes.map(\.name).sorted())
      #expect(check.sizes?.smallest == check.sizes?.largest)
    }
  }

  @Test func brokenPicturesAreNamedWithWhatLibjpegSays() async throws {
    try await SampleEmoSet.with { sample in
      let names = try sample.rows().prefix(4).map { $0[1] as? String ?? "" }
      let whole = try Data(contentsOf: URL(filePath: sample.path(names[0])))
      try whole.prefix(whole.count - 60).write(to: URL(filePath: sample.path(names[0])))
      try sample.write("not a picture", names[1])
      try sample.write("", names[2])
      try sample.remove(names[3])
      let check = try EmoSetCheck(folder: sample.folder)
      #expect(check.usable == 60)
      #expect(check.faults.map(\.kind) == [.missingFile, .brokenImage, .brokenImage, .brokenImage])
      #expect(check.faults[0].place == names[3])
      #expect(check.faults[1].message.contains("Premature end of JPEG file"), "\(check.faults[1].message)")
      #expect(check.faults[2].message == "this is neither a PNG, a JPEG nor a WebP: convert it to one of them")
      #expect(check.faults[3].message == "the file is empty")
      #expect(check.faults[1...].map(\.place) == Array(names[..<3]))
    }
  }

  @Test func whatProgressThrowsEndsTheCheck() async throws {
    struct Enough: Error {}
    try await SampleEmoSet.with { sample in
      #expect(throws: Enough.self) { try EmoSetCheck(folder: sample.folder) { _, _ in throw Enough() } }
    }
  }
}
