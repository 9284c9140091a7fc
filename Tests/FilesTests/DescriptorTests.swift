import Files
import Foundation
import Synchronization
import Testing

private let signals = Atomic(0)

@Suite(.serialized) struct DescriptorTests {
  /// Signals without `SA_RESTART` interrupt a waiting read, which continues until the bytes have arrived.
  @Test(.timeLimit(.minutes(10))) func aReadGoesOnAfterSignals() throws {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in signals.add(1, ordering: .sequentiallyConsistent) }
    var before = sigaction()
    #expect(sigaction(SIGUSR2, &action, &before) == 0)
    defer { sigaction(SIGUSR2, &before, nil) }
    var ends: [Int32] = [-1, -1]
    // Closed on exec: programs that other tests start meanwhile must not keep an end open.
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    let (readEnd, writeEnd) = (ends[0], ends[1])
    defer { close(readEnd) }
    let reader = Mutex<pthread_t?>(nil)
    let answer = Mutex<Result<[UInt8], SystemError>?>(nil)
    let thread = Thread {
      // Threads of the pool, whose signal mask a new thread inherits, block signals.
      var unblocked = sigset_t()
      sigemptyset(&unblocked)
      sigaddset(&unblocked, SIGUSR2)
      pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
      reader.withLock { $0 = pthread_self() }
      let result = Result { () throws(SystemError) in try Descriptor.read(from: readEnd) }
      answer.withLock { $0 = result }
    }
    thread.start()
    while reader.withLock({ $0 }) == nil { sched_yield() }
    for round in 1...200 {
      _ = try reader.withLock { try pthread_kill(#require($0), SIGUSR2) }
      while signals.load(ordering: .sequentiallyConsistent) < round { sched_yield() }
      if round % 20 == 0 { try Descriptor.write([UInt8(round)], to: writeEnd) }
    }
    close(writeEnd)
    while answer.withLock({ $0 }) == nil { sched_yield() }
    #expect(try answer.withLock { try $0?.get() } == [20, 40, 60, 80, 100, 120, 140, 160, 180, 200])
  }

  @Test func aFullDeviceIsNamed() throws {
    let file = open("/dev/full", O_WRONLY)
    defer { close(file) }
    let error = #expect(throws: SystemError.self) { try Descriptor.write([1, 2, 3], to: file) }
    #expect(error?.isFull == true && error?.description == "No space left on device")
  }

  @Test func aLimitEndsAnEndlessStream() throws {
    let file = open("/dev/zero", O_RDONLY)
    defer { close(file) }
    #expect(try Descriptor.read(from: file, atMost: 100_001) == [UInt8](repeating: 0, count: 100_001))
  }
}
