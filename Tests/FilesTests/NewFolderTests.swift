import Files
import Foundation
import TestSupport
import Testing

struct NewFolderTests {
  private struct Stopped: Error {}

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// A path that is missing, ends with a slash, or is an empty folder.
  @Test(arguments: ["new", "new/", "empty", "a folder with spaces"])
  func itAppearsWithEverythingThatWasWritten(_ name: String) async throws {
    try await TestFolder.with { home in
      try Folder.make("\(home)/empty")
      try NewFolder.make("\(home)/\(name)") { aside in
        #expect(aside.hasPrefix("\(home)/."))
        try Folder.make("\(aside)/inner/deep")
        try DurableFile.write([1], to: "\(aside)/inner/deep/file")
        // Nothing is under the name yet.
        #expect(((try? names("\(home)/\(name)")) ?? []).isEmpty)
      }
      #expect(try File.read("\(home)/\(name)/inner/deep/file") == [1])
      #expect(!(try names(home).contains { $0.hasPrefix(".") }))
    }
  }

  @Test func nothingIsLeftWhenTheBodyThrows() async throws {
    try await TestFolder.with { home in
      try Folder.make("\(home)/empty")
      for name in ["new", "empty"] {
        #expect(throws: Stopped.self) {
          try NewFolder.make("\(home)/\(name)") { aside in
            try Folder.make("\(aside)/a/b")
            for file in ["x", "a/y", "a/b/z"] { try DurableFile.write([1], to: "\(aside)/\(file)") }
            throw Stopped()
          }
        }
      }
      #expect(try names(home) == ["empty"])
    }
  }

  @Test func whatIsThereIsRefusedBeforeAnythingIsWritten() async throws {
    try await TestFolder.with { home in
      try Folder.make("\(home)/full")
      try DurableFile.write([1], to: "\(home)/full/file")
      try FileManager.default.createSymbolicLink(atPath: "\(home)/nowhere", withDestinationPath: "\(home)/absent")
      for (name, message) in [
        ("full", "not empty"), ("full/file", "is a file"), ("nowhere", "is a file"),
      ] {
        let error = #expect(throws: FileError.self) {
          try NewFolder.make("\(home)/\(name)") { _ in Issue.record("the body ran for \(name)") }
        }
        #expect(error?.code == .unsuitable && error?.message.contains(message) == true, "\(error as Any)")
      }
      #expect(try names(home) == ["full", "nowhere"])
      #expect(try names("\(home)/full") == ["file"])
    }
  }

  /// Whoever takes the name while the folder is being written keeps it.
  @Test func aNameThatIsTakenMeanwhileIsNotOverwritten() async throws {
    try await TestFolder.with { home in
      #expect(throws: FileError.self) {
        try NewFolder.make("\(home)/new") { aside in
          try DurableFile.write([1], to: "\(aside)/file")
          try Folder.make("\(home)/new")
          try DurableFile.write([2], to: "\(home)/new/file")
        }
      }
      let (left, file) = (try names(home), try File.read("\(home)/new/file"))
      #expect(left == ["new"] && file == [2])
    }
  }

  @Test func longNamesAndSeveralWritersDoNotCollide() async throws {
    try await TestFolder.with { home in
      let long = String(repeating: "x", count: 250)
      try NewFolder.make("\(home)/\(long)") { try DurableFile.write([1], to: "\($0)/file") }
      #expect(try names(home) == [long])
      try NewFolder.make("\(home)/outer") { first in
        try DurableFile.write([1], to: "\(first)/file")
        #expect(throws: Stopped.self) {
          try NewFolder.make("\(home)/outer") { second in
            #expect(first != second)
            throw Stopped()
          }
        }
      }
      #expect(try File.read("\(home)/outer/file") == [1])
    }
  }
}
