import Benchmarking
import Testing

/// The simulation of many workers' requests against queueing theory.
@Suite struct FarmLoadTests {
  /// Mean value analysis of a closed network: one server with exponential times, and workers that render meanwhile
  /// (Reiser and Lavenberg 1980). The distribution of the rendering time does not matter.
  private static func throughput(workers: Int, service: Double, rendering: Double) -> Double {
    var waiting = 0.0
    var throughput = 0.0
    for present in 1...workers {
      let answer = service * (1 + waiting)
      throughput = Double(present) / (answer + rendering)
      waiting = throughput * answer
    }
    return throughput
  }

  @Test(arguments: [(20, 1.0), (100, 1.0), (200, 1.0), (400, 2.0)])
  func theRateIsThatOfTheory(workers: Int, rendering: Double) {
    var load = FarmLoad(
      costs: .init(claim: 0.006, heartbeat: 0, publication: 0, completion: 0, poll: 0), workers: workers, cores: 1,
      images: 4, jobSeconds: rendering)
    load.heartbeat = .infinity
    let expected = Self.throughput(workers: workers, service: 0.006, rendering: rendering)
    let measured = load.run(seconds: 200, seed: 7).jobsPerSecond
    #expect(abs(measured / expected - 1) < 0.02, "\(measured) beside \(expected)")
  }

  /// Every request of the farm is counted, and the busy time is that of the requests.
  @Test func requestsAndBusyTimeFollowFromTheJobs() {
    let costs = FarmLoad.Costs(claim: 0.001, heartbeat: 0.0005, publication: 0.002, completion: 0.0015, poll: 0.0004)
    let outcome = FarmLoad(costs: costs, workers: 100, cores: 4, images: 8, jobSeconds: 20).run(seconds: 400, seed: 1)
    // 20 s of rendering: two heartbeats of a second each before every image.
    #expect(abs(outcome.jobsPerSecond / 5 - 1) < 0.01)
    #expect(abs(outcome.requestsPerSecond / outcome.jobsPerSecond - (1 + 8 + 1 + 16)) < 0.5)
    let busy = outcome.jobsPerSecond * (costs.job(images: 8) + 16 * costs.heartbeat)
    #expect(abs(outcome.busyCores / busy - 1) < 0.05)
    #expect(outcome.claimP50 < outcome.claimP99)
  }

  @Test func moreCoresWaitLess() {
    let costs = FarmLoad.Costs(claim: 0.01, heartbeat: 0.01, publication: 0.01, completion: 0.01, poll: 0.01)
    let waits = [1, 2, 4].map { cores in
      FarmLoad(costs: costs, workers: 60, cores: cores, images: 1, jobSeconds: 1).run(seconds: 60, seed: 3).claimP99
    }
    #expect(waits == waits.sorted(by: >))
    let load = FarmLoad(costs: costs, workers: 1000, cores: 2, images: 1, jobSeconds: 1)
    #expect(load.wave == 5 && load.idleCores == 2)
  }
}
