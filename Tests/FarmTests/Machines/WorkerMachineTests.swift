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
    for direction in WorkerDirection.allCases {
      #expect(worker.handle(.direct(direction)) == .refuse("has ended: it is \(state.rawValue)"))
    }
    #expect(worker.state == state)
  }

  @Test func aPauseStandsUntilItIsEndedAndADrainForEver() {
    var worker = WorkerMachine(state: .active)
    #expect(worker.handle(.direct(.resume)) == .refuse("is neither paused nor suspended"))
    #expect(worker.handle(.direct(.pause)) == .commit)
    #expect(worker.handle(.direct(.pause)) == .nothing)
    #expect(worker.handle(.heartbeat(draining: false)) == .commit)
    #expect(worker.request == .pause)
    #expect(worker.handle(.direct(.resume)) == .commit)
    #expect(worker.request == nil)
    #expect(worker.handle(.direct(.pause)) == .commit)
    #expect(worker.handle(.direct(.drain)) == .commit)
    #expect(worker.handle(.direct(.drain)) == .nothing)
    for direction in [WorkerDirection.pause, .resume] {
      guard case .refuse = worker.handle(.direct(direction)) else {
        Issue.record("the worker may have heard of the drain already")
        return
      }
    }
    #expect(worker.request == .drain && worker.state == .active)
  }

  @Test func resumingEndsAPauseAndASuspension() {
    var worker = WorkerMachine(state: .active, request: .pause, isSuspended: true)
    #expect(worker.handle(.direct(.resume)) == .commit)
    #expect(worker.request == nil && !worker.isSuspended)
  }
}
