import Admin
import Testing

@Suite struct TextTests {
  @Test func columnsAreAlignedAndLinesEndWithoutSpaces() {
    var table = TextTable([.number("N"), .text("NAME"), .text("NOTE")])
    table.add(["1", "short", ""])
    table.add(["200", "a longer name", "x"])
    #expect(
      table.lines() == [
        "  N  NAME           NOTE",
        "  1  short",
        "200  a longer name  x",
      ])
  }

  @Test func wideCharactersTakeTwoColumns() {
    var table = TextTable([.text("A"), .text("B")])
    table.add(["灯り", "x"])
    table.add(["lamp", "y"])
    #expect(table.lines() == ["A     B", "灯り  x", "lamp  y"])
  }

  @Test func controlCharactersCannotSteerTheTerminal() {
    #expect(TerminalText.safe("a\u{1B}[2Jb\nc\u{202E}d") == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d")
  }

  @Test func longTextIsCutWithAnEllipsis() {
    #expect(TerminalText.fitted("contentment", 20) == "contentment")
    #expect(TerminalText.fitted("contentment", 8) == "content…")
    #expect(TerminalText.width(TerminalText.fitted("灯灯灯灯", 5)) <= 5)
  }

  @Test func colourNeedsATerminalAndNoVeto() {
    #expect(Paint(environment: [:], isTerminal: true).usesColour)
    #expect(!Paint(environment: [:], isTerminal: false).usesColour)
    #expect(!Paint(environment: ["NO_COLOR": "1"], isTerminal: true).usesColour)
    #expect(Paint(environment: ["NO_COLOR": ""], isTerminal: true).usesColour)
    #expect(!Paint(environment: ["TERM": "dumb"], isTerminal: true).usesColour)
  }

  @Test func drawingCharactersNeedAUTF8Locale() {
    #expect(Paint(environment: ["LANG": "de_DE.UTF-8"], isTerminal: false).usesUnicode)
    #expect(!Paint(environment: ["LANG": "C"], isTerminal: false).usesUnicode)
    #expect(!Paint(environment: ["LANG": "C.UTF-8", "LC_ALL": "C"], isTerminal: false).usesUnicode)
  }

  @Test func aBarIsFullOnlyWhenNothingIsMissing() {
    #expect(Paint.plain.bar(0, of: 8, width: 4) == "----")
    #expect(Paint.plain.bar(7, of: 8, width: 4) == "###-")
    #expect(Paint.plain.bar(8, of: 8, width: 4) == "####")
    #expect(Paint.plain.bar(0, of: 0, width: 4) == "----")
  }
}
