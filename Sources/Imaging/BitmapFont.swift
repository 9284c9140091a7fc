/// A small font made for this project: printable ASCII, 5 pixels wide, 7 above the baseline and 2 below.
enum BitmapFont {
  static let glyphWidth = 5
  static let glyphHeight = 9
  /// Pixels from the start of a character to the start of the next.
  static let advance = 6
  /// Rows above the baseline.
  static let capHeight = 7

  /// The glyph of `character`, 9 rows of 5 pixels (a box if the font lacks it).
  static func glyph(_ character: Character) -> [[Bool]] {
    let rows: Substring.UTF8View
    if let code = character.asciiValue, (32...126).contains(code) {
      rows = codes[Int(code) - 32].utf8
    } else {
      rows = "VHHHHHV00"[...].utf8
    }
    return rows.map { digit in
      let bits = digit < 58 ? digit - 48 : digit - 55
      return (0..<glyphWidth).map { bits >> (glyphWidth - 1 - $0) & 1 == 1 }
    }
  }

  /// Characters 32 … 126; each digit (0–9, A–V) holds the five pixels of a row, the leftmost in the highest bit.
  private static let codes = """
    000000000 444440400 AAA000000 AAVAVAA00 4FKE5U400 OP248J300 CIK8LID00 444000000
    248884200 842224800 04LEL4000 044V44000 00000CC48 000V00000 00000CC00 01248G000
    EHJLPHE00 4C4444E00 EH1248V00 V2421HE00 26AIV2200 VGU11HE00 68GUHHE00 V12488800
    EHHEHHE00 EHHF12C00 00CC0CC00 00CC0CC48 248G84200 00V0V0000 842124800 EH1240400
    EHNLNGE00 EHHVHHH00 UHHUHHU00 EHGGGHE00 UHHHHHU00 VGGUGGV00 VGGUGGG00 EHGNHHE00
    HHHVHHH00 E44444E00 11111HE00 HIKOKIH00 GGGGGGV00 HRLLHHH00 HPLLJHH00 EHHHHHE00
    UHHUGGG00 EHHHLID00 UHHUKIH00 FGGE11U00 V44444400 HHHHHHE00 HHHHHA400 HHHLLRH00
    HHA4AHH00 HHA444400 V1248GV00 E88888E00 0G8421000 E22222E00 4AH000000 000000V00
    842000000 00E1FHF00 GGUHHHU00 00EHGHE00 11FHHHF00 00EHVGE00 698S88800 00FHHHF1E
    GGUHHHH00 40C444E00 2062222IC GGIKOKI00 C44444E00 00QLLLL00 00UHHHH00 00EHHHE00
    00UHHHUGG 00FHHHF11 00MPGGG00 00FGE1U00 88U889600 00HHHHF00 00HHHA400 00HLLLA00
    00HA4AH00 00HHHHF1E 00V248V00 344C44300 444444400 O44644O00 008L20000
    """.split { $0 == " " || $0 == "\n" }
}
