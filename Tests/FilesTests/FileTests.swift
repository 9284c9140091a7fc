import Files
import Foundation
import TestSupport
import Testing

struct FileTests {
  @Test func somethingOtherThanAFileIsRefusedByName() async throws {
    try await TestFolder.with { folder in
      let missing = #expect(throws: FileError.self) { try File.read("\(folder)/none") }
      #expect(missing?.code == .missing)
      #expect(missing?.description == "\(folder)/none: cannot be read (No such file or directory)")
      #expect(try File.contents("\(folder)/none") == nil)
      let isFolder = #expect(throws: FileError.self) { try File.readStream(folder) }
      #expect(isFolder?.description == "\(folder): is a folder, and a file is needed")
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      let pipe = #expect(throws: FileError.self) { try File.read("\(folder)/pipe") }
      #expect(pipe?.code == .unsuitable)
      try File.write([1, 2, 3, 4], to: "\(folder)/file")
      #expect(try File.read("\(folder)/file", atMost: 4) == [1, 2, 3, 4])
      let large = #expect(throws: FileError.self) { try File.read("\(folder)/file", atMost: 3) }
      #expect(large?.description == "\(folder)/file: has 4 bytes, and a file of at most 3 is needed here")
      let endless = #expect(throws: FileError.self) { try File.readStream("/dev/zero", atMost: 100_000) }
      #expect(endless?.code == .unsuitable)
    }
  }

  /// Such a file reports size 0, whatever its contents.
  @Test func aFileWithoutASizeIsReadToItsEnd() throws {
    #expect(try String(decoding: File.read("/proc/self/status"), as: UTF8.self).contains("Name:"))
  }

  @Test func foldersAreMadeListedAndSynced() async throws {
    try await TestFolder.with { folder in
      try Folder.make("\(folder)/a/b/c")
      try Folder.make("\(folder)/a/b/c/")
      try File.write([], to: "\(folder)/a/2")
      try File.write([], to: "\(folder)/a/1")
      #expect(try Folder.names(in: "\(folder)/a") == ["1", "2", "b"])
      #expect(try Folder.names(in: "\(folder)/none") == [])
      #expect(throws: FileError.self) { try Folder.names(in: "\(folder)/a/1") }
      #expect(throws: FileError.self) { try Folder.make("\(folder)/a/1") }
      try Folder.removeIfEmpty("\(folder)/a")
      try Folder.removeIfEmpty("\(folder)/a/b/c")
      #expect(Folder.isFolder("\(folder)/a/b") && !File.exists("\(folder)/a/b/c"))
      #expect(try Folder.freeBytes(at: folder) > 0)
      #expect(throws: FileError.self) { try Folder.freeBytes(at: "\(folder)/none") }
    }
  }

  @Test(arguments: [
    ("name", "."), ("a/b", "a"), ("/a", "/"), ("/", "/"), ("/a/b/", "/a"), ("a/", "."), ("./x", "."), ("", "."),
  ]) func aFolderHoldsAPath(_ path: String, _ parent: String) {
    #expect(Folder.parent(of: path) == parent)
  }
}
