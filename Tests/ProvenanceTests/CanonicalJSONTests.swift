import Foundation
import Provenance
import Testing

/// The examples of RFC 8785.
struct CanonicalJSONTests {
  private func canonical(_ json: String) throws -> String {
    String(
      decoding: try CanonicalJSON.encode(JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))), as: UTF8.self)
  }

  @Test func numbersStringsAndLiteralsAreWrittenAsInTheRFC() throws {
    let source = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    let expected =
      #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
      + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    #expect(try canonical(source) == expected)
  }

  @Test func membersAreInTheOrderOfUTF16CodeUnits() throws {
    let source = #"""
      {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
       "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}
      """#
    let expected =
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\","
      + "\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    #expect(try canonical(source) == expected)
  }

  /// Appendix B.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
      (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
      (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
      (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
      (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
      (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
      (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
      (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
      (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
      (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func doublesAreWrittenAsInTheRFC(bits: UInt64, expected: String) throws {
    let written = try CanonicalJSON.encode(JSONValue.number(Double(bitPattern: bits)))
    #expect(String(decoding: written, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    (1, "1"), (-1.5, "-1.5"), (7.5, "7.5"), (100, "100"), (0.1, "0.1"), (1e20, "100000000000000000000"),
    (123456789012, "123456789012"), (1.5e300, "1.5e+300"), (1e-6, "0.000001"), (1.25e-7, "1.25e-7"),
    (1e16, "10000000000000000"), (12345678901234567168, "12345678901234567000"),
  ])
  func ordinaryDoublesAreWrittenAsECMAScriptDoes(value: Double, expected: String) throws {
    #expect(String(decoding: try CanonicalJSON.encode(JSONValue.number(value)), as: UTF8.self) == expected)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func numbersThatAreNotFiniteAreRefused(value: Double) {
    #expect(throws: EncodingError.self) { try CanonicalJSON.encode(JSONValue.array([.number(value)])) }
    #expect(throws: EncodingError.self) { try CanonicalJSON.encode([value]) }
  }

  @Test func everyWrittenDoubleReadsBackToItsBits() throws {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<2000 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      let value = Double(bitPattern: state)
      guard value.isFinite else { continue }
      let text = String(decoding: try CanonicalJSON.encode(JSONValue.number(value)), as: UTF8.self)
      #expect(Double(text)?.bitPattern == value.bitPattern, "\(text)")
    }
  }
}
