import Farm
import Testing

@Suite struct WorkerMachineTests {
  @Test func drainingIsFinal() {
    var worker = WorkerMachine(state: .active)
    #expect(worker.handle(.heartbeat(draining: false)) == .commit)
    #expect(worker.state == .active)
    #expect(worker.handle(.heartbeat(draining: true)) == .commit)
    #expect(worker.handle(.heartbeat(draining: false)) == .commit)
    #expect(worker.state == .draining)
  }

  @Test(arguments: [WorkerState.active, .draining])
  func aLiveWorkerDeregistersOrIsLost(_ state: WorkerState) {
    var worker = WorkerMachine(state: state)
    #expect(worker.handle(.leave) == .commit)
    #expect(worker.state == .gone)
    worker = WorkerMachine(state: state)
    #expect(worker.handle(.silence) == .commit)
    #expect(worker.state == .lost)
  }

  @Test(arguments: [WorkerState.gone, .lost])
  func anEndedWorkerMustRegisterAgain(_ state: WorkerState) {
    var worker = WorkerMachine(state: state)
    #expect(worker.handle(.heartbeat(draining: false)) == .registerAgain)
    #expect(worker.handle(.leave) == .nothing)
    #expect(worker.handle(.silence) == .nothing)
    #expect(worker.state == state)
  }
}
