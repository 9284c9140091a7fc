import Files
import Foundation
import Testing

struct FailureTests {
  private enum Code: Hashable, Sendable { case first, second }

  @Test func thePlaceComesFirst() {
    #expect(Failure(Code.first, "m").description == "m")
    #expect(Failure(Code.first, file: "f", "m").description == "f: m")
    #expect(Failure(Code.first, file: "f", offset: 7, "m").description == "f at byte 7: m")
    #expect(Failure(Code.first, file: "f", line: 7, "m").description == "f:7: m")
    #expect(Failure(Code.first, file: "f", line: 7, key: "k", "is m").description == "f:7: k is m")
    #expect(Failure(Code.first, key: "k", "is m").description == "k is m")
  }

  @Test func whatIsSaidDecidesEquality() {
    let failure = Failure(Code.first, file: "f", "m")
    #expect(failure == Failure(Code.first, file: "f", "m", underlying: SystemError(EIO)))
    #expect(failure != Failure(Code.second, file: "f", "m"))
    #expect(failure != Failure(Code.first, file: "g", "m"))
    #expect(failure != Failure(Code.first, file: "f", line: 1, "m"))
  }

  @Test func errorsOfTheSystemAreToldApart() {
    let full = FileError("/a/b", "cannot be written", SystemError(ENOSPC))
    #expect(full.code == .full && full.underlying as? SystemError == SystemError(ENOSPC))
    #expect(
      full.description
        == "/a/b: cannot be written (No space left on device): make room on its volume and try again")
    #expect(FileError("x", "cannot be written", SystemError(EDQUOT)).code == .full)
    #expect(FileError("x", "cannot be read", SystemError(ENOENT)).code == .missing)
    let other = FileError("x", "cannot be read", SystemError(EACCES))
    #expect(other.code == .system && other.description == "x: cannot be read (Permission denied)")
  }
}
