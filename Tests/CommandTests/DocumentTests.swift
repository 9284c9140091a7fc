import Farm
import Foundation
import TestSupport
import Testing

/// Everything that the documents name exists: promises, their checks, tests, and the symbols of the DocC catalogues.
struct DocumentTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
  }

  /// Every file below `folder` with this suffix, with its text.
  private static func files(_ folder: String, _ ending: String) throws -> [(name: String, text: String)] {
    try FileManager.default.subpathsOfDirectory(atPath: SourceTree.root.appending(path: folder).path)
      .filter { $0.hasSuffix(ending) }.sorted().map { ("\(folder)/\($0)", try text("\(folder)/\($0)")) }
  }

  /// The cells of the rows of CONTRIBUTING.md's tables of promises, by the promise's number.
  private static func promises() throws -> [Int: [String]] {
    let rows = try text("CONTRIBUTING.md").split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return Dictionary(
      rows.compactMap { cells in cells.first.flatMap { Int($0) }.map { ($0, Array(cells.dropFirst())) } },
      uniquingKeysWith: { first, _ in first })
  }

  private static func words(_ cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.output.1) } }

  @Test func everyPromiseIsListedWithItsChecks() throws {
    let promises = try Self.promises()
    #expect(promises.keys.sorted() == Array(1...12))
    let checks = Dictionary(grouping: Audit.checks(), by: \.promise).mapValues { $0.map(\.name) }
    for number in 1...11 {
      let cells = try #require(promises[number])
      try #require(cells.count == 3, "promise \(number)")
      let listed = Self.words(cells[1]).filter { !$0.hasPrefix("file.") }
      #expect(Set(listed) == Set(checks[number] ?? []), "promise \(number)")
    }
    let files = try Self.files("Sources/Farm/Audit", ".swift").map(\.text).joined()
    for name in promises.values.joined().flatMap(Self.words) where name.hasPrefix("file.") {
      #expect(files.contains("\"\(name)\""), "\(name)")
    }
  }

  @Test func everyTestOfAPromiseIsThere() throws {
    let sources = try Self.files("Tests", ".swift")
    let tests = try Self.promises().values.joined().flatMap(Self.words).filter { $0.contains("Tests/") }
    #expect(tests.count >= 20)
    for test in tests {
      // Suite/test, or Suite/Inner/test.
      let parts = test.split(separator: "/")
      let suites = parts.dropLast().map { " \($0) {" }
      #expect(
        sources.contains { file in
          suites.allSatisfy { file.text.contains($0) } && file.text.contains("func \(parts[parts.count - 1])(")
        }, "\(test)")
    }
  }

  /// The argument labels of every declaration of a name, such as `on:tape:` for `func name(on tape: Tape, tape: Int)`.
  private static func labels(_ name: Substring, in text: String) throws -> [String] {
    let pattern = name == "init" ? "init\\(" : "func \(name)(<[^>]*>)?\\("
    return text.matches(of: try Regex(pattern)).map { match in
      var (depth, labels, isStart) = (1, "", true)
      for word in text[match.range.upperBound...].matches(of: /->|[A-Za-z_]+|[(\[{<]|[)\]}>]|,|:/) {
        switch word.output {
        case "(", "[", "{", "<": depth += 1
        case ")", "]", "}", ">": depth -= 1
        case ",": isStart = isStart || depth == 1
        case ":", "->": break
        default:
          if isStart && depth == 1 { labels += "\(word.output):" }
          isStart = false
        }
        if depth == 0 { break }
      }
      return labels
    }
  }

  @Test func everySymbolOfACatalogueIsDeclared() throws {
    let catalogues = try Self.files("Sources", ".md").filter { $0.name.contains(".docc/") }
    #expect(catalogues.count >= 10)
    for catalogue in catalogues {
      let room = catalogue.name.split(separator: "/")[1]
      // A catalogue has its room's page, and maybe articles.
      if catalogue.name.hasSuffix("/\(room).md") {
        #expect(catalogue.text.hasPrefix("# ``\(room)``\n"), "\(catalogue.name)")
      }
      let code = try Self.files("Sources/\(room)", ".swift").map(\.text).joined(separator: "\n")
      let prose = catalogue.text.dropFirst(room.count + 6).replacing(/```(?s:.*?)```/, with: "")
      for link in prose.matches(of: /``([^`]+)``/).map(\.output.1) {
        let parts = link.split(separator: "/")
        for type in parts.filter({ $0.first?.isUppercase == true }) {
          #expect(
            code.contains(try Regex("package [a-z ]*(struct|class|enum|actor|protocol|typealias) \(type)\\b")),
            "\(link) in \(catalogue.name)")
        }
        guard let member = parts.last, member.first?.isLowercase == true else { continue }
        let name = member.prefix { $0 != "(" }
        if member.hasSuffix(")") {
          let labels = member.dropFirst(name.count + 1).dropLast()
          #expect(try Self.labels(name, in: code).contains(String(labels)), "\(link) in \(catalogue.name)")
        } else {
          #expect(code.contains(try Regex("(var|let|case) [^\n]*\\b\(name)\\b")), "\(link) in \(catalogue.name)")
        }
      }
    }
  }
}
