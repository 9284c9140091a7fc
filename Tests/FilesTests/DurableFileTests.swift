import Files
import Foundation
import Synchronization
import TestSupport
import Testing

struct DurableFileTests {
  @Test func aFileIsWhatWasWritten() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/file"
      try DurableFile.write([1, 2, 3], to: path)
      #expect(try File.read(path) == [1, 2, 3])
      let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let file = try DurableFile(path)
      try file.write("text")
      try large.withUnsafeBytes { try file.write($0) }
      for byte in UInt8(0)..<100 { try file.write([byte]) }
      #expect(try File.read(path) == [1, 2, 3])
      try file.commit()
      #expect(try File.read(path) == Array("text".utf8) + large + [UInt8](0..<100))
      #expect(try Folder.names(in: folder) == ["file"])
      // Writes after the commit are refused and change nothing.
      #expect(throws: FileError.self) {
        try file.write("more")
        try file.commit()
      }
      #expect(File.size(path) == 3_000_104)
    }
  }

  /// The contents that readers of a file saw, and whether its writer has ended.
  private final class Watch: Sendable {
    let isWritten = Atomic(false)
    let seen = Mutex(Set<Int>())
  }

  /// Readers read continuously while a writer alternates between two contents.
  @Test(.timeLimit(.minutes(10))) func aReaderNeverSeesAPart() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/file"
      let contents = [[UInt8](repeating: 1, count: 1_500_000), [UInt8](repeating: 2, count: 700_000)]
      try DurableFile.write(contents[0], to: path)
      let watch = Watch()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            try await BlockingExecutor.run {
              while !watch.isWritten.load(ordering: .acquiring) {
                let bytes = try File.read(path)
                let index = contents.firstIndex(of: bytes)
                _ = watch.seen.withLock { $0.insert(index ?? -1) }
              }
            }
          }
        }
        group.addTask {
          try await BlockingExecutor.run {
            defer { watch.isWritten.store(true, ordering: .releasing) }
            var round = 0
            while round < 40 || round < 20_000 && watch.seen.withLock({ $0.count < 2 }) {
              round += 1
              try DurableFile.write(contents[round % 2], to: path)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(watch.seen.withLock { $0 } == [0, 1])
    }
  }

  @Test func whateverIsThrownLeavesTheOldFileAndNothingElse() async throws {
    struct Stop: Error {}
    try await TestFolder.with { folder in
      let path = "\(folder)/file"
      try DurableFile.write([1], to: path)
      #expect(throws: Stop.self) {
        let file = try DurableFile(path)
        try file.write([2])
        throw Stop()
      }
      try FileManager.default.createDirectory(atPath: "\(folder)/taken/in the way", withIntermediateDirectories: true)
      let error = #expect(throws: FileError.self) { try DurableFile.write([2], to: "\(folder)/taken") }
      #expect(error?.message.hasPrefix("cannot be put in place (") == true)
      #expect(throws: FileError.self) { try DurableFile.write([2], to: "\(folder)/no/file") }
      #expect(try File.read(path) == [1])
      #expect(try Folder.names(in: folder) == ["file", "taken"])
    }
  }

  @Test(.enabled(if: SmallVolume.isAvailable, Comment(rawValue: SmallVolume.reason)))
  func aFullVolumeIsNamedAndKeepsTheOldFile() async throws {
    try await SmallVolume.with(kilobytes: 64) { folder in
      let path = "\(folder)/file"
      try DurableFile.write([1, 2, 3], to: path)
      let large = [UInt8](repeating: 7, count: 200_000)
      let whole = #expect(throws: FileError.self) { try DurableFile.write(large, to: path) }
      let streamed = #expect(throws: FileError.self) {
        let file = try DurableFile(path)
        try file.write(large)
        try file.commit()
      }
      for error in [whole, streamed] {
        #expect(error?.code == .full && error?.underlying as? SystemError == SystemError(ENOSPC))
        #expect(
          error?.description
            == "\(path): cannot be written (No space left on device): make room on its volume and try again")
      }
      #expect(try Folder.names(in: folder) == ["file"])
      #expect(try File.read(path) == [1, 2, 3])
      // The space of the failed writes is free again.
      try DurableFile.write([UInt8](repeating: 8, count: 40_000), to: path)
      #expect(try Folder.freeBytes(at: folder) < 64 * 1024)
    }
  }

  @Test func aLinkInThePlaceIsReplacedAndNotFollowed() async throws {
    try await TestFolder.with { folder in
      try DurableFile.write([1], to: "\(folder)/target")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "\(folder)/target")
      try DurableFile.write([2], to: "\(folder)/link")
      #expect(try File.read("\(folder)/target") == [1])
      #expect(File.size("\(folder)/link") == 1)
      #expect(throws: FileError.self) {
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/other", withDestinationPath: "\(folder)/target")
        try File.write([3], to: "\(folder)/other")
      }
      #expect(try File.read("\(folder)/target") == [1])
    }
  }

  @Test func whatAnEndedProcessLeftIsRemovedAndNothingElse() async throws {
    try await TestFolder.with { folder in
      let long = String(repeating: "n", count: 255)
      let others = [".a.0123.part", ".a.0123456789ABCDEF.part", ".a.part", "a.0123456789abcdef.part", long]
      for name in others { try DurableFile.write([1], to: "\(folder)/\(name)") }
      // A killed process leaves such files: neither committed nor removed.
      let left = try [DurableFile("\(folder)/file"), DurableFile("\(folder)/\(long)")]
      #expect(try Folder.names(in: folder).count == others.count + 2)
      try DurableFile.removeLeftovers(in: folder)
      #expect(try Folder.names(in: folder) == others.sorted())
      withExtendedLifetime(left) {}
    }
  }
}
