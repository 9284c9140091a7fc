import Admin
import Farm
import Testing

@Suite struct BatchReportTests {
  private func report(_ snapshot: BatchSnapshot, width: Int = 100) -> BatchReport {
    BatchReport(snapshot, paint: .plain, now: Samples.now, width: width)
  }

  @Test func aStatusShowsProgressPaceRunningJobsAndErrors() throws {
    let bar = { (full: Int) in String(repeating: "#", count: full) + String(repeating: "-", count: 40 - full) }
    #expect(
      report(try Samples.snapshot(failed: 8)).full() == [
        "Batch 42  first  running",
        "Images   57 of 128 images (44 %), 30.0 images/min, about 2 min 6 s left",
        "Jobs     16: 7 done, 2 running, 6 ready, 1 quarantined",
        "Model    tiny, seed 1000, priority 0",
        "User     anna",
        "Times    created 3 min ago, started 3 min ago",
        "",
        "amusement     \(bar(31)) 50/64  8 quarantined",
        "(plain text)  \(bar(4))  7/64",
        "",
        "Running",
        "  job 118, images 48-55: 2 done, image 50 at step 12 of 20, worker 3 on forge, attempt 2",
        "  job 119, image 64: 0 done, worker 4, lease ran out 5.0 s ago",
        "",
        "Quarantined",
        "  job 120, images 56-63: 0 done, 3 attempts",
        "    the worker was lost",
        "    the model folder changed (2 times)",
        "",
        "Queue them again with: emofarm retry 42",
      ])
  }

  @Test func aTrainingShowsStepLossPaceAndTimeLeft() throws {
    let details = BatchSnapshot.Details(emotions: [], running: [], stopped: [], rate: nil)
    let lines = report(BatchSnapshot(try Samples.training(), details: details)).full()
    #expect(
      lines.prefix(5) == [
        "Batch 43  stage 1  running",
        "Training encoder, step 1,240 of 2,000 (62 %), loss 0.412, 6.10 steps/s, about 2 min 5 s left",
        "Out      demo/encoder",
        "Jobs     1: 1 running",
        "Seed     5, priority 0",
      ])
    #expect(
      report(BatchSnapshot(try Samples.training(), details: details)).line()
        == "batch 43 running: step 1,240 of 2,000 (62 %), loss 0.412, 6.10 steps/s, about 2 min 5 s left; 1 job: 1 running"
    )
    let paused = report(BatchSnapshot(try Samples.training(.paused), details: details)).full()
    #expect(!paused.contains { $0.contains("left") })
  }

  @Test func aFinishedBatchSaysHowLongItTook() throws {
    let lines = report(try Samples.snapshot(.done, done: 128)).full()
    #expect(lines.contains("Images   128 of 128 images (100 %)"))
    #expect(lines.contains("Times    created 3 min ago, started 3 min ago, finished 10 s ago after 3 min"))
  }

  @Test func aLineHoldsEverythingForALog() throws {
    #expect(
      report(try Samples.snapshot()).line()
        == "batch 42 running: 57 of 128 images (44 %), 30.0 images/min, about 2 min 22 s left; "
        + "16 jobs: 7 done, 2 running, 7 ready")
  }

  @Test func theLivePictureFitsTheTerminal() throws {
    let lines = report(try Samples.snapshot(failed: 8), width: 80).live(height: 7)
    #expect(lines.count <= 7)
    #expect(lines.contains { $0.hasPrefix("total ") })
    #expect(lines.contains("  … and 1 more job"))
    #expect(lines.last == "1 job quarantined: emofarm status 42")
  }

  @Test func escapeSequencesInNamesAreHarmless() throws {
    let lines = report(try Samples.snapshot(name: "evil\\u001b[2J")).full()
    #expect(lines[0] == "Batch 42  evil\u{FFFD}[2J  running")
  }

  @Test func imagesOfQuarantinedJobsAreNotWaitedFor() throws {
    #expect(try Samples.snapshot(failed: 8).imagesLeft == 63)
    #expect(try Samples.snapshot(failed: 8).secondsLeft == 126)
    #expect(try Samples.snapshot(.paused).secondsLeft == nil)
    #expect(try Samples.snapshot(rate: nil).secondsLeft == nil)
    #expect(try Samples.snapshot(.done, done: 128).imagesLeft == 0)
  }

  @Test func aBatchThatNoWorkerCanDoSaysWhatItWaitsFor() throws {
    func lines(_ labels: [String], _ precisions: [String], missing: [String], able: Int = 0) throws -> [String] {
      let status = try Samples.status(
        .queued, labels: labels, precisions: precisions, missing: missing, able: able)
      return report(BatchSnapshot(status)).full()
    }
    #expect(
      try lines([], ["bf16"], missing: ["bf16"]).contains("Waits    for a worker whose CPU computes in bf16"))
    let labelled = try lines(["gpu", "large"], ["bf16"], missing: ["large"])
    #expect(labelled.contains("Waits    for a worker with the labels gpu, large and whose CPU computes in bf16"))
    #expect(labelled.contains("Requires gpu, large"))
    #expect(labelled.contains("User     anna"))
    #expect(
      try lines(["gpu"], [], missing: []).contains {
        $0.hasPrefix("Waits    for a worker with the label gpu: those that have all of this are paused")
      })
    #expect(try !lines(["gpu"], [], missing: [], able: 1).contains { $0.hasPrefix("Waits") })
    let full = report(BatchSnapshot(try Samples.status(.running, cap: (2, 2)))).full()
    #expect(full.contains("Waits    for jobs of anna to end: at most 2 may run at once"))
    #expect(try !report(BatchSnapshot(Samples.status(.running, cap: (2, 1)))).full().contains { $0.hasPrefix("Waits") })
  }

  @Test func documentedKeysAreThereEvenWithoutAValue() throws {
    guard case .object(let object) = try Samples.snapshot(rate: nil).json else {
      Issue.record("not an object")
      return
    }
    #expect(
      object.keys.sorted() == [
        "able_workers", "batch", "classifiers", "created", "emotions", "finished", "images", "images_done",
        "images_per_second",
        "jobs", "key",
        "labels", "labels_missing", "model", "name", "precisions_missing", "priority", "rejected", "running",
        "seconds_left",
        "seed", "started", "state",
        "stopped",
        "training", "user", "user_cap", "user_running", "waits",
      ])
    #expect(object["images_per_second"] == .null)
    #expect(object["key"] == .null)
  }
}
