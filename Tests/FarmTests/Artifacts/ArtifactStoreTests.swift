import Farm
import Files
import Foundation
import TestSupport
import Testing

@Suite struct ArtifactStoreTests {
  private let bytes = Array("an image".utf8)

  @Test func bytesAreStoredUnderTheirDigest() async throws {
    try await TestFolder.with { folder in
      let store = ArtifactStore(home: folder)
      let first = try store.put(bytes)
      #expect(first.isFresh && first.bytes == 8)
      #expect(
        first.path
          == "\(folder)/artifacts/sha256/\(first.sha256.prefix(2))/\(first.sha256.dropFirst(2).prefix(2))/\(first.sha256).png"
      )
      #expect(try store.read(first.sha256) == bytes)
      let second = try store.put(bytes)
      #expect(!second.isFresh && second.path == first.path)
      #expect(try store.put([]).sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
      #expect(try store.freeBytes() ?? 0 > 0)
    }
  }

  @Test func aSecondPutRenewsTheTime() async throws {
    try await TestFolder.with { folder in
      let store = ArtifactStore(home: folder)
      let file = try store.put(bytes)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: file.path)
      _ = try store.put(bytes)
      let found = try store.allFiles()
      #expect(found.count == 1 && found[0].sha256 == file.sha256 && found[0].bytes == 8)
      #expect(found[0].modified.timeIntervalSinceNow > -3600)
    }
  }

  @Test func damageIsDetectedAndRepairedByTheNextPut() async throws {
    try await TestFolder.with { folder in
      let store = ArtifactStore(home: folder)
      let file = try store.put(bytes)
      try Data("an imagE".utf8).write(to: URL(filePath: file.path))
      #expect { try store.read(file.sha256) } throws: { ($0 as? FarmError)?.code == .artifactDamaged }
      #expect { try store.beginning(of: file.sha256, size: 9, atMost: 4) } throws: {
        ($0 as? FarmError)?.code == .artifactDamaged
      }
      #expect(try store.put(bytes).isFresh)
      #expect(try store.read(file.sha256) == bytes)
      #expect(try store.beginning(of: file.sha256, size: 8, atMost: 4) == Array(bytes.prefix(4)))
      try FileManager.default.removeItem(atPath: file.path)
      #expect { try store.beginning(of: file.sha256, size: 8, atMost: 4) } throws: {
        ($0 as? FarmError)?.code == .artifactMissing
      }
    }
  }

  @Test func concurrentWritersOfTheSameBytesAgree() async throws {
    try await TestFolder.with { folder in
      let store = ArtifactStore(home: folder)
      let bytes = [UInt8](repeating: 7, count: 100_000)
      let digests = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<16 { group.addTask { try store.put(bytes).sha256 } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(digests.count == 1)
      #expect(try store.allFiles().count == 1)
    }
  }

  @Test func aFolderThatCannotBeCreatedIsNamed() async throws {
    try await TestFolder.with { folder in
      try Data().write(to: URL(filePath: folder + "/artifacts"))
      #expect { try ArtifactStore(home: folder).put(bytes) } throws: {
        "\($0)".contains("\(folder)/artifacts/sha256") && "\($0)".contains("Not a directory")
      }
    }
  }

  @Test(.enabled(if: SmallVolume.isAvailable, Comment(rawValue: SmallVolume.reason)))
  func aFullDiskIsReportedAndLeavesNoFile() async throws {
    try await SmallVolume.with(kilobytes: 64) { folder in
      let store = ArtifactStore(home: folder)
      let kept = try store.put(bytes)
      #expect { try store.put([UInt8](repeating: 7, count: 200_000)) } throws: {
        ($0 as? FarmError)?.code == .diskFull
          && "\($0)".hasSuffix(
            ".png: cannot be written (No space left on device): make room on its volume and try again")
      }
      let found = try store.allFiles()
      #expect(found.map(\.sha256) == [kept.sha256])
    }
  }

  @Test func otherSystemErrorsAreFileSystemErrors() async throws {
    try await TestFolder.with { folder in
      let store = ArtifactStore(home: folder)
      let file = try store.put(bytes)
      try FileManager.default.removeItem(atPath: file.path)
      try FileManager.default.createDirectory(atPath: file.path + "/in the way", withIntermediateDirectories: true)
      #expect { try store.put(bytes) } throws: { ($0 as? FarmError)?.code == .fileSystem }
    }
  }
}

extension ArtifactStore {
  /// Every file of the store, by its name.
  func allFiles() throws -> [StoredFile] {
    let listing = try store.listing(restoring: false)
    var files: [StoredFile] = []
    while let page = try listing.next() { files += page.files }
    return files
  }
}
