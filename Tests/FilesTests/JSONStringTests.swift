import Files
import Foundation
import Testing

struct JSONStringTests {
  private let hostile = "a\"b\\c/\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{7F}\u{80}\u{9F}\u{A0}é\u{2028}\u{2029}😀"

  @Test func theCanonicalFormIsThatOfRFC8785() {
    #expect(
      JSONString.quoted(hostile)
        == #""a\"b\\c/\b\t\n\f\r\u0000\u001f"# + "\u{7F}\u{80}\u{9F}\u{A0}é\u{2028}\u{2029}😀\"")
  }

  @Test func theFormForLinesHoldsNothingThatEndsOrDisturbsOne() {
    #expect(
      JSONString.quoted(hostile, .line)
        == #""a\"b\\c/\u0008\t\n\u000c\u000d\u0000\u001f\u007f\u0080\u009f"# + "\u{A0}é" + #"\u2028\u2029😀""#)
  }

  @Test(arguments: [JSONString.Form.canonical, .line]) func everyReaderGetsTheTextBack(_ form: JSONString.Form) throws {
    let scalars = (0...0x10FFFF).lazy.filter { $0 < 0x3000 || $0 % 97 == 0 }.compactMap(Unicode.Scalar.init)
    let text = String(String.UnicodeScalarView(scalars))
    let decoded = try JSONDecoder().decode(String.self, from: Data(JSONString.quoted(text, form).utf8))
    #expect(Array(decoded.unicodeScalars) == Array(text.unicodeScalars))
  }
}
