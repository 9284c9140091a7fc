import Files
import Foundation
import Vocabulary

/// The lines of a text file beside a specification, without empty ones and those that begin with `#`.
struct TextList {
  let path: String
  let lines: [(number: Int, text: String)]

  private static let largest = 64 << 20

  /// - Parameters:
  ///   - node: the value that names the file, for errors.
  ///   - name: the file's path; a relative one starts at the specification's folder.
  /// - Throws: ``BatchSpecError`` naming the file and why it cannot be used.
  init(_ node: SpecNode, _ name: String) throws(BatchSpecError) {
    guard node.readsFiles else {
      throw node.error("names the file \(name), but no files are read here: write its lines into the specification")
    }
    path = SpecificationFolder(of: node.file).resolved(name)
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try File.read(path, atMost: Self.largest)
    } catch {
      throw node.error("names the file \(path), which \(error.message)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw node.error("names the file \(path), which is not UTF-8 text")
    }
    // Some editors begin a file with a mark of the byte order.
    let body = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { ($0 + 1, $1.trimmingCharacters(in: .whitespaces)) }
      .filter { !$0.1.isEmpty && !$0.1.hasPrefix("#") }
    guard !lines.isEmpty else { throw node.error("names the file \(path), which has no line with words") }
    guard lines.count <= Limits.cells else {
      throw node.error("names the file \(path), which has more than \(Limits.cells) lines: split it")
    }
  }
}
