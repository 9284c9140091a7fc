import Foundation
import Testing

/// The farm under random disturbances in virtual time: see ``Simulation``.
///
///     EMOFARM_SIMULATION_SEEDS=1000000 deploy/test --quick SimulationTests     more seeds
///     EMOFARM_SIMULATION_SEED=4711 deploy/test --quick SimulationTests         one seed, with what happened
@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seeds = environment["EMOFARM_SIMULATION_SEEDS"].flatMap { Int($0) } ?? 10_000

  private static func violation(_ seed: Int, _ planted: QueueModel.PlantedFault?) -> String? {
    do {
      _ = try Simulation(seed: UInt64(seed), planted: planted).run()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(.timeLimit(.minutes(10))) func nothingIsLostDoubledOrWrongInAnySeed() async throws {
    if let seed = Self.environment["EMOFARM_SIMULATION_SEED"].flatMap({ UInt64($0) }) {
      let simulation = Simulation(seed: seed, traced: true)
      defer { print((simulation.trace ?? []).joined(separator: "\n")) }
      _ = try simulation.run()
      return
    }
    let (tally, failures) = await withTaskGroup(of: (Simulation.Tally, [String]).self) { group in
      let width = 8
      for part in 0..<width {
        group.addTask {
          var (tally, failures) = (Simulation.Tally(), [String]())
          for seed in stride(from: part, to: Self.seeds, by: width) {
            do {
              tally.add(try Simulation(seed: UInt64(seed)).run())
            } catch {
              failures.append("seed \(seed): \(error)")
            }
          }
          return (tally, failures)
        }
      }
      return await group.reduce(into: (Simulation.Tally(), [String]())) {
        $0.0.add($1.0)
        $0.1 += $1.1
      }
    }
    let first = failures.sorted().prefix(5).joined(separator: "\n")
    #expect(failures.isEmpty, "\(failures.count) seeds failed; replay one with EMOFARM_SIMULATION_SEED=N:\n\(first)")
    // A simulation in which nothing happens would find nothing.
    for what in Self.happenings { #expect(tally.counts[what, default: 0] > Self.seeds / 20, "\(what): too few") }
    print(tally.counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
  }

  private static let happenings = [
    "answers lost", "bad hosts", "cancellations", "claims", "claims found again", "images published",
    "images published again", "jobs handed back", "kills", "leases expired", "lost files", "pauses", "registered again",
    "repairs", "requests lost", "restores", "server restarts", "stale ends", "stale heartbeats", "stale images",
    "stops", "store outages", "stores that refuse every host", "suspensions", "untrue images refused",
    "workers that mix images up",
  ]

  @Test func aSeedReplaysExactly() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let runs = try (0..<2).map { _ in
        let simulation = Simulation(seed: seed, traced: true)
        _ = try simulation.run()
        return simulation.trace
      }
      #expect(runs[0] == runs[1])
    }
  }

  @Test(arguments: QueueModel.PlantedFault.allCases)
  func aPlantedFaultIsFound(_ planted: QueueModel.PlantedFault) {
    let found = (0..<10_000).lazy.compactMap { Self.violation($0, planted) }.first
    #expect(found != nil, "no seed finds \(planted)")
    if let found { print("\(planted): \(found)") }
  }
}
