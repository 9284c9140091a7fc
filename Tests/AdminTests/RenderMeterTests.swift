import Admin
import EmoGen
import Testing

@Suite struct RenderMeterTests {
  @Test func theFractionGrowsWithStepsAndImagesAndEndsAtOne() {
    var meter = RenderMeter(images: 10)
    #expect(meter.fraction == 0)
    meter.note(RenderProgress(block: .step(call: 10, calls: 20), images: 0..<8))
    let half = meter.fraction
    #expect(half > 0.3 && half < 0.4)
    meter.note(RenderProgress(block: .decode, images: 0..<1))
    for _ in 0..<8 { meter.noteFinished() }
    #expect(meter.fraction >= 0.8 && meter.fraction > half)
    for _ in 0..<2 { meter.noteFinished() }
    #expect(meter.fraction == 1)
  }

  @Test func theLineSaysWhatIsDoneAndWhatIsLeft() {
    var meter = RenderMeter(images: 2)
    meter.note(RenderProgress(block: .step(call: 10, calls: 20), images: 0..<2))
    #expect(
      meter.line(elapsed: 9, paint: .plain)
        == "##########-------------- 0/2 images  step 10/20  about 11 s left")
  }
}
