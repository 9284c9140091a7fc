import Testing
import Vocabulary

struct GuidanceIntervalTests {
  @Test(arguments: [("0.2-0.8", "0.2-0.8"), ("0-1", "0.0-1.0"), (".25-1", "0.25-1.0"), ("0.00001-0.5", "0.0-0.5")])
  func intervalsAreWrittenInNormalForm(text: String, written: String) throws {
    let interval = try #require(GuidanceInterval(parsing: text))
    #expect(interval.description == written)
    #expect(GuidanceInterval(parsing: written) == interval)
  }

  @Test(arguments: ["", "0.5", "0.8-0.2", "0.5-0.5", "-0.1-0.5", "0.1-1.1", "a-b", "0.1-0.5-0.9", "0.1 - 0.5", "nan-1"])
  func invalidIntervalsAreRefused(text: String) { #expect(GuidanceInterval(parsing: text) == nil) }

  @Test func guidanceIntervalsIncludeBothEnds() throws {
    let interval = try #require(GuidanceInterval(parsing: "0.2-0.8"))
    #expect([0, 0.2, 0.5, 0.8, 1].map(interval.contains) == [false, true, true, true, false])
  }
}
