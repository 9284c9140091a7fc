import ArgumentParser
import Farm
import Vocabulary

/// A cap of running jobs, or none.
struct CapOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The most jobs that may run at once.", valueName: "n"))
  var cap: Int?

  @Flag(help: "Any number of jobs may run at once.")
  var noCap = false

  func validate() throws {
    guard cap == nil || !noCap else { throw ValidationError("--cap and --no-cap contradict each other.") }
    if let cap, !Limits.cap.contains(cap) {
      throw ValidationError("--cap \(cap): must be from \(Limits.cap.lowerBound) to \(Limits.cap.upperBound)")
    }
  }

  var change: CapChange {
    if noCap { return .set(nil) }
    return cap.map { .set($0) } ?? .keep
  }
}
