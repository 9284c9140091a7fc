import Testing
import Worker

@Suite struct AlarmTests {
  @Test(.timeLimit(.minutes(10))) func aRingEndsTheSleep() async {
    let alarm = Alarm()
    let sleeper = Task { await alarm.sleep(for: .seconds(3600)) }
    alarm.ring()
    await sleeper.value
  }

  @Test(.timeLimit(.minutes(10))) func aRingBeforeTheSleepEndsIt() async {
    let alarm = Alarm()
    alarm.ring()
    await alarm.sleep(for: .seconds(3600))
  }

  @Test(.timeLimit(.minutes(10))) func theTimeEndsTheSleep() async {
    let alarm = Alarm()
    for _ in 0..<200 { await alarm.sleep(for: .microseconds(1)) }
  }

  @Test(.timeLimit(.minutes(10))) func cancellationEndsTheSleep() async {
    let alarm = Alarm()
    let task = Task { await alarm.sleep(for: .seconds(3600)) }
    task.cancel()
    await task.value
  }
}
