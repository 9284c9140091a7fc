import Files
import Foundation
import TestSupport
import Testing

/// Tests locks against another program, `flock` of util-linux.
struct FileLockTests {
  @Test func aHeldLockKeepsAnotherProcessOut() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/lock"
      let lock = try #require(try FileLock(ifFree: path))
      #expect(try Self.flock(["--nonblock", path, "true"]) == 1)
      #expect(try FileLock(ifFree: path) == nil)
      withExtendedLifetime(lock) {}
    }
  }

  @Test func aDroppedLockIsFree() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/lock"
      do { _ = try FileLock(waitingFor: path) }
      try await eventually("the lock is free") { try Self.flock(["--nonblock", path, "true"]) == 0 }
      try await eventually("the lock is free") { try FileLock(ifFree: path) != nil }
    }
  }

  @Test(.timeLimit(.minutes(10))) func anotherProcessIsWaitedForUntilItEnds() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/lock"
      let (input, output) = (Pipe(), Pipe())
      let other = try ChildProcess(
        "/usr/bin/flock", [path, "sh", "-c", "echo held; read line"], environment: [:],
        input: .descriptor(input.fileHandleForReading.fileDescriptor),
        output: .descriptor(output.fileHandleForWriting.fileDescriptor))
      #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
      #expect(try FileLock(ifFree: path) == nil)
      async let lock = BlockingExecutor.run { try FileLock(waitingFor: path) }
      try input.fileHandleForWriting.close()
      #expect(try Self.flock(["--nonblock", path, "true"], while: try await lock) == 1)
      _ = other.wait()
    }
  }

  /// A program started under the lock does not inherit it.
  @Test func aChildDoesNotInheritTheLock() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/lock"
      var child: pid_t = 0
      do {
        let lock = try FileLock(waitingFor: path)
        let arguments = ["sleep", "1000"].map { (word: String) in strdup(word) }
        defer { arguments.forEach { free($0) } }
        #expect(posix_spawn(&child, "/bin/sleep", nil, nil, arguments + [nil], [nil]) == 0)
        withExtendedLifetime(lock) {}
      }
      defer {
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
      }
      // A child that another test has forked may hold a copy of the descriptor until it executes its program.
      try await eventually("the lock is free") { try FileLock(ifFree: path) != nil }
    }
  }

  @Test func aPlaceWithoutAFolderIsNamed() {
    let error = #expect(throws: FileError.self) { try FileLock(waitingFor: "/nowhere/lock") }
    #expect(error?.description == "/nowhere/lock: cannot be opened (No such file or directory)")
  }

  /// The exit status of `flock`.
  private static func flock(_ arguments: [String], while lock: FileLock? = nil) throws -> Int32 {
    let (ending, _) = try ChildProcess.run("/usr/bin/flock", arguments, environment: ["PATH": "/usr/bin:/bin"])
    withExtendedLifetime(lock) {}
    return ending.status
  }
}
