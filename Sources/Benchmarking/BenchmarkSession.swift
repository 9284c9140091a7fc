package import Engine
import Foundation

/// Runs of one workload, one for each line that is read, so that another program's runs can stand between them.
///
/// Prints a JSON document a line: first `ready`, after loading and a run to warm up; then the seconds of each run; at
/// the end of input what the whole took.
package struct BenchmarkSession {
  private struct Ready: Encodable {
    let ready = true
    let program = "emofarm"
    let engine: String
    let threads: Int
    /// Of loading.
    let loadSeconds: Double
    /// From nothing to the end of the first run.
    let firstSeconds: Double
    /// ‖Δ‖ / ‖reference‖ of the first run; left out without a reference.
    let distance: Double?
    /// Billions of multiplications and additions of a run, where it is known.
    let operations: Double?
  }

  private struct Run: Encodable {
    let seconds: Double
  }

  private struct End: Encodable {
    let peakGib: Double
  }

  private let name: Workload.Name
  private let folder: String
  private let compute: () throws -> Compute

  /// - Parameter compute: makes what the work runs on, which is part of the time until the first result.
  package init(_ name: Workload.Name, folder: String, compute: @escaping () throws -> Compute) {
    self.name = name
    self.folder = folder
    self.compute = compute
  }

  /// - Parameters:
  ///   - next: waits for a line; nil at the end.
  ///   - print: takes a line.
  package func run(next: () -> String?, print: (String) throws -> Void) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    func say(_ document: some Encodable) throws { try print(String(decoding: encoder.encode(document), as: UTF8.self)) }
    let clock = ContinuousClock()
    let start = clock.now
    let compute = try compute()
    let work = try Workload(name, folder: folder, on: compute)
    let loaded = (clock.now - start).seconds
    let result = try work.warmUp()
    try say(
      Ready(
        engine: compute.kind.description, threads: compute.threads, loadSeconds: loaded,
        firstSeconds: (clock.now - start).seconds, distance: work.distance(result),
        operations: Workload.operations(name)))
    while next() != nil {
      let start = clock.now
      _ = try work.run()
      try say(Run(seconds: (clock.now - start).seconds))
    }
    try say(End(peakGib: PeakMemory.gibibytes))
  }
}
