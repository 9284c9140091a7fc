import Admin
import Synchronization
import Testing

struct ProgressLineTests {
  private let start = ContinuousClock.now

  /// The output if `show` is called at these seconds after the start.
  private func written(isLive: Bool, plainEvery: Duration?, at seconds: [Double]) -> [String] {
    let texts = Mutex<[String]>([])
    var line = ProgressLine(isLive: isLive, plainEvery: plainEvery, start: start) { text in
      texts.withLock { $0.append(text) }
    }
    for second in seconds { line.show("at \(second)", now: start + .seconds(second)) }
    line.clear()
    return texts.withLock { $0 }
  }

  @Test func aLineIsPrintedEveryFewSecondsIfNoneCanBeRedrawn() {
    let texts = written(isLive: false, plainEvery: .seconds(5), at: [0, 1, 4.9, 5, 6, 9.9, 10.5, 15, 15.5])
    #expect(texts == ["at 5.0\n", "at 10.5\n", "at 15.5\n"])
  }

  @Test func nothingIsPrintedIfNothingIsAskedFor() {
    #expect(written(isLive: false, plainEvery: nil, at: [0, 100, 1000]).isEmpty)
  }

  @Test func aTerminalsLineIsRedrawnTenTimesASecondAndTakenAway() {
    let texts = written(isLive: true, plainEvery: .seconds(5), at: [0, 0.05, 0.11, 0.15, 0.3])
    #expect(texts.count == 4 && texts.last == "\r\u{1B}[2K")
    #expect(texts.allSatisfy { $0.hasPrefix("\r\u{1B}[") && !$0.contains("\n") })
  }

  @Test func progressNamesTheRateAndWhatIsLeft() {
    let progress = EvaluationProgress("ours", of: 20_000, start: start)
    #expect(progress.line(0, now: start) == "ours: 0 of 20,000 images")
    #expect(
      progress.line(1000, now: start + .seconds(10))
        == "ours: 1,000 of 20,000 images, 100 images/s, about 3 min 10 s left")
    #expect(progress.line(20_000, now: start + .seconds(200)) == "ours: 20,000 of 20,000 images, 100 images/s")
    #expect(progress.line(1, paint: .plain, now: start).hasPrefix("------"))
    #expect(progress.summary("rendered", 1, now: start + .seconds(2)) == "ours: rendered 1 image in 2.0 s")
  }
}
