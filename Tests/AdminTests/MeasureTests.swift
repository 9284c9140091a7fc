import Admin
import Foundation
import Testing

@Suite struct MeasureTests {
  @Test(arguments: [
    (0.0, "0.0 s"), (0.42, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (60, "1 min"), (185, "3 min 5 s"),
    (3600, "1 h"), (8040, "2 h 14 min"), (86_399, "1 d"), (273_600, "3 d 4 h"), (.infinity, "unknown"), (-3, "0.0 s"),
  ])
  func durationsAreWrittenInTheirTwoLargestUnits(seconds: Double, text: String) {
    #expect(Measure.duration(seconds) == text)
  }

  @Test(arguments: [
    (0 as Int64, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_992_295, "1.9 MiB"), (128_849_018_880, "120 GiB"),
    (1_048_575, "1.0 MiB"), (Int64.max, "8388608 TiB"),
  ])
  func bytesAreWrittenInBinaryUnits(bytes: Int64, text: String) {
    #expect(Measure.bytes(bytes) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_000_000, "1,000,000"), (-12_345, "-12,345")])
  func thousandsAreSeparated(value: Int, text: String) {
    #expect(Measure.count(value) == text)
  }

  @Test func nounsFollowTheirNumber() {
    #expect(Measure.count(1, "image") == "1 image")
    #expect(Measure.count(2000, "image") == "2,000 images")
  }

  @Test(arguments: [
    (12.34, "12.3 images/s"), (0.82, "49.2 images/min"), (1.0, "1.00 images/s"), (123.4, "123 images/s"),
    (0.001, "3.60 images/h"),
  ])
  func ratesChooseTheUnitThatGivesAtLeastOne(rate: Double, text: String) {
    #expect(Measure.rate(rate) == text)
  }

  @Test func aHundredPercentMeansAll() {
    #expect(Measure.percent(999_999, of: 1_000_000) == "99 %")
    #expect(Measure.percent(7, of: 7) == "100 %")
    #expect(Measure.percent(0, of: 0) == "0 %")
  }

  @Test func agesNameOneUnit() {
    let now = Date(timeIntervalSince1970: 1_000_000)
    #expect(Measure.age(now.addingTimeInterval(-2), now: now) == "just now")
    #expect(Measure.age(now.addingTimeInterval(-59), now: now) == "59 s ago")
    #expect(Measure.age(now.addingTimeInterval(-3700), now: now) == "1 h ago")
    #expect(Measure.age(now.addingTimeInterval(-200_000), now: now) == "2 d ago")
  }

  @Test func timesAreUTC() {
    #expect(Measure.time(Date(timeIntervalSince1970: 1_803_902_400)) == "2027-03-01 12:00:00 UTC")
  }
}
