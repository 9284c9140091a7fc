import Foundation
import TestSupport
import Testing

/// Expected texts of commands; `Tests/Fixtures/commands/README.md` says how to rewrite them.
enum GoldenText {
  static let isWriting = ProcessInfo.processInfo.environment["EMOFARM_WRITE_GOLDENS"] == "1"

  /// Compares with `Tests/Fixtures/commands/<name>`, or writes it.
  static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = SourceTree.fixture("commands/\(name)")
    if isWriting {
      let folder = URL(filePath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: path))
      return
    }
    let expected = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == expected, "differs from \(path)", sourceLocation: sourceLocation)
  }

  /// The text without values that depend on the run, the machine or the shipped model.
  static func normalised(_ text: String, home: String = "") -> String {
    var text = home.isEmpty ? text : text.replacing(home, with: "HOME")
    text = text.replacing(SourceTree.root.path, with: "ROOT")
    text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "TIME")
    text.replace(/[0-9a-f]{64}/, with: "DIGEST")
    text.replace(/(x86_64|aarch64)-[a-z0-9]+\/[^"\s]+/, with: "ENGINE")
    text.replace(/"database" : "[^"]*"/, with: #""database" : "ADDRESS""#)
    text.replace(/"free_bytes" : \d+/, with: #""free_bytes" : 0"#)
    text.replace(/"user" : "[^"]*"/, with: #""user" : "USER""#)
    text.replace(/"images_per_second" : [\d.]+/, with: #""images_per_second" : 0"#)
    text.replace(/"bytes" : \d+/, with: #""bytes" : 0"#)
    text.replace(/"defaults" : {[^}]*}/) { $0.output.replacing(#/ : [^{,\s]+/#, with: " : SETTING") }
    text.replace(/"emotion_vector" : \[[^\]]*\][^\]]*\]/, with: #""emotion_vector" : []"#)
    return text
  }
}
