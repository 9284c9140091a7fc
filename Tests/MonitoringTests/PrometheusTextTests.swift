import Monitoring
import Testing

@Suite struct PrometheusTextTests {
  @Test func aFamilyHasHelpTypeAndSamples() {
    let family = MetricFamily.gauge(
      "emofarm_jobs", "Jobs by state.", by: "state", ["ready": 3, "done": 12_345_678_901])
    #expect(
      PrometheusText.text([family]) == """
        # HELP emofarm_jobs Jobs by state.
        # TYPE emofarm_jobs gauge
        emofarm_jobs{state="done"} 12345678901
        emofarm_jobs{state="ready"} 3

        """)
  }

  @Test func labelsAndHelpAreEscaped() {
    let family = MetricFamily("a", "One\nline, a \\ and a \".", .counter, [.init(1, [.init("b", "x\"y\\z\nü")])])
    #expect(
      PrometheusText.text([family]) == """
        # HELP a One\\nline, a \\\\ and a ".
        # TYPE a counter
        a{b="x\\"y\\\\z\\nü"} 1

        """)
  }

  private static let numbers: [(Double, String)] = [
    (0, "0"), (-2, "-2"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
  ]

  @Test(arguments: numbers)
  func numbersAreThoseOfTheFormat(value: Double, text: String) {
    #expect(PrometheusText.text([.gauge("a", "b", value)]).hasSuffix("\na \(text)\n"))
  }

  @Test func aFamilyWithoutSamplesIsLeftOut() {
    #expect(PrometheusText.text([.gauge("a", "b", nil)]) == "")
  }

  @Test func bucketsAreCumulativeAndBoundsBelongToTheClassBelow() {
    var histogram = Histogram(bounds: [1, 2.5])
    for value in [0.5, 1, 2, 2.5, 100] { histogram.observe(value) }
    let family = MetricFamily("d_seconds", "D.", .histogram, histogram.samples([.init("o", "x")]))
    #expect(
      PrometheusText.text([family]) == """
        # HELP d_seconds D.
        # TYPE d_seconds histogram
        d_seconds_bucket{o="x",le="1.0"} 2
        d_seconds_bucket{o="x",le="2.5"} 4
        d_seconds_bucket{o="x",le="+Inf"} 5
        d_seconds_sum{o="x"} 106
        d_seconds_count{o="x"} 5

        """)
  }

  @Test func theProcessTellsItsTimesAndMemory() {
    let families = ProcessMetrics.families()
    #expect(families.map(\.samples.count) == [1, 1, 1])
    #expect(families[1].samples[0].value > 1e6)
    #expect(families[2].samples[0].value > 1.6e9)
  }
}
