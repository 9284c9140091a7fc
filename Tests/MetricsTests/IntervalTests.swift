import Metrics
import Testing

struct IntervalTests {
  @Test func keepsItsBounds() {
    let interval = Interval(value: 0.5, low: 0.4, high: 0.7)
    #expect(interval.low <= interval.value && interval.value <= interval.high)
  }
}
