import Admin
import Farm
import Testing

@Suite struct WorkerAbsenceTests {
  private let start = ContinuousClock.now

  @Test func itIsSaidOnceAfterAFewSecondsAndAgainAfterAWorkerCameAndWent() throws {
    var absence = WorkerAbsence()
    let status = try Samples.status(.queued)
    func note(_ hasWorker: Bool, after seconds: Double) -> Bool {
      absence.note(status, hasWorker: hasWorker, at: start + .seconds(seconds))
    }
    #expect([note(false, after: 0), note(false, after: 5.9)] == [false, false])
    #expect(absence.text(7) == nil)
    #expect([note(false, after: 6), note(false, after: 7)] == [true, false])
    #expect(
      absence.text(7)?.contains("no worker is running that can do the jobs of batch 7: start emofarmd on") == true)
    #expect(!note(true, after: 8))
    #expect(absence.text(7) == nil)
    #expect([note(false, after: 9), note(false, after: 14.9), note(false, after: 15)] == [false, false, true])
  }

  @Test(arguments: [BatchState.paused, .done, .failed, .cancelled]) func whatWaitsForNoWorkerNeedsNone(
    _ state: BatchState
  ) throws {
    var absence = WorkerAbsence()
    let status = try Samples.status(state)
    let said = [0, 10, 20].map { absence.note(status, hasWorker: false, at: start + .seconds($0)) }
    #expect(said == [false, false, false])
  }
}
